/** Calls to the desk. A refusal is an `ApiError` with the desk's code; no answer at all has the code `network`. */

import type { Message, Outgoing, Visitor } from "./types";

const ANSWER_SECONDS = 30;

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly retryAfter: number | null = null,
  ) {
    super(code);
  }

  /** The same request may succeed later. */
  get temporary(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

export interface Messages {
  messages: Message[];
  position: number;
}

export class Api {
  constructor(private readonly base: string) {}

  visitor(token: string | null, language: string): Promise<Visitor> {
    return this.json<Visitor>("POST", "/visitors", token, { language, page: location.origin + location.pathname });
  }

  messages(token: string, after: number, wait: number): Promise<Messages> {
    return this.json<Messages>("GET", `/messages?after=${after}&wait=${wait}`, token, null, wait);
  }

  send(token: string, message: Outgoing): Promise<unknown> {
    return this.json("POST", "/messages", token, message);
  }

  receipt(token: string, state: "delivered" | "read", position: number): Promise<unknown> {
    return this.json("POST", "/receipts", token, { state, position });
  }

  socketAddress(token: string, after: number): string {
    const address = new URL(`${this.base}/socket`, location.href);
    address.protocol = address.protocol.replace("http", "ws");
    address.search = `?token=${encodeURIComponent(token)}&after=${after}`;
    return address.href;
  }

  attachmentAddress(token: string, id: string): string {
    return `${this.base}/attachments/${encodeURIComponent(id)}?token=${encodeURIComponent(token)}`;
  }

  /** `progress` is told the part that has left, 0 to 1. */
  upload(
    token: string,
    clientId: string,
    file: Blob,
    name: string,
    progress: (part: number) => void,
  ): Promise<void> {
    const form = new FormData();
    form.append("client_id", clientId);
    form.append("file", file, name);
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open("POST", `${this.base}/files`);
      request.setRequestHeader("Authorization", `Bearer ${token}`);
      request.upload.onprogress = (event) => progress(event.total ? event.loaded / event.total : 0);
      request.onload = () =>
        request.status < 300
          ? resolve()
          : reject(problem(request.status, request.responseText, request.getResponseHeader("Retry-After")));
      request.onerror = request.onabort = () => reject(new ApiError(0, "network"));
      request.send(form);
    });
  }

  private async json<T>(
    method: string,
    path: string,
    token: string | null,
    body: unknown,
    patience = 0,
  ): Promise<T> {
    const headers: Record<string, string> = {};
    if (token) headers["Authorization"] = `Bearer ${token}`;
    if (body !== null) headers["Content-Type"] = "application/json";
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), (ANSWER_SECONDS + patience) * 1000);
    try {
      const response = await fetch(this.base + path, {
        method,
        headers,
        body: body === null ? null : JSON.stringify(body),
        signal: abort.signal,
        credentials: "omit",
        cache: "no-store",
      });
      const text = await response.text();
      if (!response.ok) throw problem(response.status, text, response.headers.get("Retry-After"));
      return (text ? JSON.parse(text) : null) as T;
    } catch (error) {
      throw error instanceof ApiError ? error : new ApiError(0, "network");
    } finally {
      clearTimeout(timer);
    }
  }
}

function problem(status: number, text: string, retryAfter: string | null): ApiError {
  let code = "unavailable";
  try {
    code = (JSON.parse(text) as { error: { code: string } }).error.code || code;
  } catch {
    // A proxy's own page: the status says enough.
  }
  return new ApiError(status, code, retryAfter ? Number(retryAfter) || null : null);
}
