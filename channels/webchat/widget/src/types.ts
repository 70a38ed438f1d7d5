/** What crosses the line (docs/api.md, "Web chat") and what the widget keeps. */

export type Language = "ar" | "fr" | "en";
export type Author = "customer" | "assistant" | "agent" | "system";

export interface Choice {
  id: string;
  title: string;
  description: string | null;
}

export interface Place {
  latitude: number;
  longitude: number;
  name?: string | null;
  address?: string | null;
}

export interface Attachment {
  /** Null until the desk has the bytes. */
  id: string | null;
  kind: string;
  content_type: string;
  name: string | null;
  size: number | null;
}

export interface Message {
  id: string;
  position: number;
  direction: "inbound" | "outbound";
  author: Author;
  author_name: string | null;
  text: string;
  choices: Choice[];
  choice_id: string | null;
  location: Place | null;
  attachments: Attachment[];
  client_id: string | null;
  state: string | null;
  at: string;
}

/** Where a message of ours is: waiting here, stored at the desk, or refused (`code` says why). */
export type Sending = "queued" | "stored" | "refused";

export interface Item extends Omit<Message, "id" | "position"> {
  id: string | null;
  position: number | null;
  sending: Sending | null;
  code: string | null;
}

/** A message of ours until the desk has stored it; the bytes of a file are kept beside it. */
export interface Outgoing {
  client_id: string;
  at: string;
  text?: string;
  choice_id?: string;
  location?: Place;
  file?: { name: string; type: string; size: number };
}

export interface Settings {
  title: Record<string, string>;
  welcome: Record<string, string>;
  suggestions: Record<string, string[]>;
  languages: Language[];
  accent: string;
  demonstration: boolean;
  text_length: number;
  file_bytes: number;
}

export interface Visitor {
  token: string;
  visitor: string;
  settings: Settings;
}

export type Frame =
  | { type: "message"; message: Message }
  | { type: "state"; message_id: string; state: string }
  | { type: "typing" }
  | { type: "ping" }
  | { type: "stored"; client_id: string }
  | { type: "refused"; client_id: string | null; code: string; retry_after?: number };

/** How we are connected: `off` before anyone asked, `waiting` while trying. */
export type Mode = "off" | "waiting" | "socket" | "polling";
