import { describe, expect, it } from "vitest";

import * as thread from "../src/thread";
import type { Item, Message } from "../src/types";

function message(position: number, part: Partial<Message> = {}): Message {
  return {
    id: `id-${position}`,
    position,
    direction: "outbound",
    author: "assistant",
    author_name: null,
    text: `text ${position}`,
    choices: [],
    choice_id: null,
    location: null,
    attachments: [],
    client_id: null,
    state: "sent",
    at: "2026-11-23T10:00:00Z",
    ...part,
  };
}

const mine = (position: number, clientId: string) =>
  message(position, { direction: "inbound", author: "customer", client_id: clientId, state: null });

const outgoing = (clientId: string) => ({ client_id: clientId, at: "2026-11-23T10:00:00Z", text: clientId });

const all = (...messages: Message[]) => messages.reduce<Item[]>(thread.merge, []);

describe("merge", () => {
  it("keeps the desk's order whatever order things arrive in", () => {
    expect(all(message(3), message(1), message(2)).map((item) => item.position)).toEqual([1, 2, 3]);
  });

  it("shows nothing twice, under the same id or the same client id", () => {
    const items = thread.merge(thread.merge([thread.fromOutgoing(outgoing("a"))], mine(1, "a")), mine(1, "a"));
    expect(items.map((item) => [item.client_id, item.sending])).toEqual([["a", "stored"]]);
  });

  it("keeps what waits here after what the desk has placed, in the order of writing", () => {
    const waiting = ["a", "b"].reduce<Item[]>((items, id) => thread.addOutgoing(items, outgoing(id)), []);
    const items = thread.merge(thread.merge(waiting, message(2)), mine(1, "b"));
    expect(items.map((item) => item.client_id || item.id)).toEqual(["b", "id-2", "a"]);
  });

  it("does not add a waiting message that the thread already has", () => {
    expect(thread.addOutgoing(all(mine(1, "a")), outgoing("a"))).toHaveLength(1);
  });
});

describe("receipts", () => {
  const items = all(message(1), mine(2, "a"), message(3), message(4, { state: "read" }));

  it("counts answers beyond what was read", () => {
    expect(thread.unread(items, 0)).toBe(2);
    expect(thread.unread(items, 1)).toBe(1);
    expect(thread.unread(items, 3)).toBe(0);
  });

  it("tells each position once, and never takes back that something was read", () => {
    expect(thread.unacknowledged(items, 9, "read")).toBe(3);
    const told = thread.reach(items, 3, "delivered");
    expect(thread.unacknowledged(told, 9, "delivered")).toBe(0);
    expect(thread.unacknowledged(told, 9, "read")).toBe(3);
    expect(thread.reach(told, 9, "delivered").find((item) => item.position === 4)?.state).toBe("read");
    expect(thread.unacknowledged(items, 0, "read")).toBe(0);
  });
});

describe("who is answering", () => {
  const salma = { author: "agent", author_name: "Salma" } as const;
  const items = all(
    message(1),
    mine(2, "a"),
    message(3, { author: "system" }),
    message(4, salma),
    message(5, salma),
    message(6, { author: "agent", author_name: "Youssef" }),
    message(7),
  );

  it("is the last person or assistant, not the system", () => {
    expect(thread.speaker([])).toEqual({ author: "assistant", name: null });
    expect(thread.speaker(items.slice(0, 3))).toEqual({ author: "assistant", name: null });
    expect(thread.speaker(items.slice(0, 4))).toEqual({ author: "agent", name: "Salma" });
  });

  it("is said where it changes, and only there", () => {
    const names = thread.takeovers(items).map((speaker) => speaker && (speaker.name || speaker.author));
    expect(names).toEqual([null, null, null, "Salma", null, "Youssef", "assistant"]);
  });
});

it("knows the kind of a file that waits", () => {
  expect(["image/jpeg", "audio/ogg", "application/pdf", ""].map(thread.kindOf)).toEqual([
    "image",
    "audio",
    "document",
    "document",
  ]);
});
