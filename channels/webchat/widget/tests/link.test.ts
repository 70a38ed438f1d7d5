import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { ApiError, type Messages } from "../src/api";
import { Link } from "../src/link";
import type { Frame, Mode } from "../src/types";

/** A socket that does what the test says. */
class FakeSocket {
  onopen: (() => void) | null = null;
  onclose: (() => void) | null = null;
  onerror: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  sent: unknown[] = [];
  closed = false;

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  close(): void {
    this.closed = true;
  }

  tell(frame: object): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
}

function setUp(poll: (wait: number) => Promise<Messages> = () => Promise.reject(new ApiError(0, "network"))) {
  const sockets: FakeSocket[] = [];
  const modes: Mode[] = [];
  const frames: Frame[] = [];
  const pages: Messages[] = [];
  const unauthorised = vi.fn();
  const link = new Link(
    {
      openSocket: () => {
        const socket = new FakeSocket();
        sockets.push(socket);
        return socket as unknown as WebSocket;
      },
      poll,
      hear: (frame) => frames.push(frame),
      hearPage: (page) => pages.push(page),
      changed: (mode) => modes.push(mode),
      unauthorised,
    },
    () => 1, // no jitter: waits are whole
  );
  const newest = () => sockets[sockets.length - 1]!;
  return { link, sockets, modes, frames, pages, unauthorised, newest };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("socket", () => {
  it("opens, hears, and answers pings", () => {
    const { link, newest, frames, modes } = setUp();
    expect(link.send({ type: "x" })).toBe(false);
    link.start();
    newest().onopen!();
    newest().tell({ type: "ping" });
    newest().tell({ type: "typing" });
    expect(newest().sent).toEqual([{ type: "pong" }]);
    expect(frames).toEqual([{ type: "typing" }]);
    expect(modes).toEqual(["waiting", "socket"]);
  });

  it("comes back with growing waits, and at once when told", async () => {
    const { link, sockets, newest } = setUp();
    link.start();
    for (const wait of [1000, 2000, 4000]) {
      newest().onopen!();
      newest().onclose!();
      const count = sockets.length;
      await vi.advanceTimersByTimeAsync(wait - 1);
      expect(sockets.length).toBe(count);
      await vi.advanceTimersByTimeAsync(1);
      expect(sockets.length).toBe(count + 1);
    }
    newest().onopen!();
    newest().onclose!();
    const count = sockets.length;
    link.hurry();
    expect(sockets.length).toBe(count + 1);
  });

  it("starts from the shortest wait after a socket that worked", async () => {
    const { link, sockets, newest } = setUp();
    link.start();
    for (let round = 0; round < 5; round++) {
      newest().onopen!();
      newest().tell({ type: "typing" });
      newest().onclose!();
      await vi.advanceTimersByTimeAsync(1000);
      expect(sockets.length).toBe(round + 2);
    }
  });

  it("does not trust silence", async () => {
    const { link, newest, sockets } = setUp();
    link.start();
    const first = newest();
    first.onopen!();
    await vi.advanceTimersByTimeAsync(49_000);
    first.tell({ type: "ping" });
    await vi.advanceTimersByTimeAsync(49_000);
    expect(first.closed).toBe(false);
    await vi.advanceTimersByTimeAsync(2000);
    expect(first.closed).toBe(true);
    expect(sockets.length).toBe(2);
  });

  it("hears nothing from a socket it has left", () => {
    const { link, newest, frames } = setUp();
    link.start();
    const { onmessage, onopen } = newest();
    onopen!();
    link.stop();
    onmessage!({ data: '{"type":"typing"}' });
    expect(frames).toEqual([]);
    expect(link.mode).toBe("off");
  });
});

describe("polling", () => {
  const page = { messages: [], position: 4 };

  it("begins when sockets never open but HTTP does, and looks for a socket again later", async () => {
    const { link, sockets, newest, modes, pages } = setUp(
      (wait) => new Promise((resolve) => setTimeout(() => resolve(page), wait * 1000)),
    );
    link.start();
    newest().onerror!();
    await vi.advanceTimersByTimeAsync(1000);
    newest().onerror!();
    await vi.advanceTimersByTimeAsync(45_000);
    expect(modes).toEqual(["waiting", "polling"]);
    expect(pages.length).toBe(3); // at once, after 20 s, after 40 s
    await vi.advanceTimersByTimeAsync(5 * 60_000 - 44_000);
    expect(sockets.length).toBe(3);
    newest().onopen!();
    expect(link.mode).toBe("socket");
  });

  it("is not begun when HTTP fails too: it waits and tries both again", async () => {
    const { link, sockets, newest, modes } = setUp();
    link.start();
    for (const wait of [1000, 2000, 4000, 8000]) {
      newest().onerror!();
      await vi.advanceTimersByTimeAsync(wait);
    }
    expect(modes).toEqual(["waiting"]);
    expect(sockets.length).toBe(5);
  });

  it("finds out that the token is refused", async () => {
    const { link, newest, unauthorised } = setUp(() => Promise.reject(new ApiError(401, "bad_token")));
    link.start();
    newest().onclose!();
    await vi.advanceTimersByTimeAsync(1000);
    newest().onclose!();
    await vi.advanceTimersByTimeAsync(0);
    expect(unauthorised).toHaveBeenCalledOnce();
    expect(link.mode).toBe("off");
  });

  it("a socket that hangs while opening counts as one that never opened", async () => {
    const { link, sockets, modes } = setUp(() => new Promise(() => undefined));
    link.start();
    await vi.advanceTimersByTimeAsync(15_000 + 1000 + 15_000);
    expect(sockets.length).toBe(2);
    expect(sockets.every((socket) => socket.closed)).toBe(true);
    expect(modes).toEqual(["waiting"]);
  });
});
