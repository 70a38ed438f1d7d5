/** The thread as a value: merging what the desk says with what waits here. Pure. */

import type { Author, Item, Message, Outgoing } from "./types";

export const KEPT = 150;

export function fromOutgoing(outgoing: Outgoing): Item {
  const { file } = outgoing;
  return {
    id: null,
    position: null,
    direction: "inbound",
    author: "customer",
    author_name: null,
    text: outgoing.text || "",
    choices: [],
    choice_id: outgoing.choice_id || null,
    location: outgoing.location || null,
    attachments: file
      ? [{ id: null, kind: kindOf(file.type), content_type: file.type, name: file.name, size: file.size }]
      : [],
    client_id: outgoing.client_id,
    state: null,
    at: outgoing.at,
    sending: "queued",
    code: null,
  };
}

export function kindOf(contentType: string): string {
  const kind = contentType.split("/")[0] || "";
  return ["image", "audio", "video"].indexOf(kind) >= 0 ? kind : "document";
}

/** What the desk says replaces what we had under the same id or the same client id; nothing appears twice. */
export function merge(items: readonly Item[], message: Message): Item[] {
  const item: Item = { ...message, sending: message.direction === "inbound" ? "stored" : null, code: null };
  const others = items.filter((known) => !isSame(known, message));
  return order([...others, item]);
}

function isSame(item: Item, message: Message): boolean {
  return item.id === message.id || (message.client_id !== null && item.client_id === message.client_id);
}

/** The desk's order first; what it has not placed yet follows, in the order of writing. */
export function order(items: readonly Item[]): Item[] {
  return items
    .map((item, index) => ({ item, index }))
    .sort((a, b) => rank(a.item) - rank(b.item) || a.index - b.index)
    .map(({ item }) => item);
}

function rank(item: Item): number {
  return item.position === null ? Number.MAX_SAFE_INTEGER : item.position;
}

/** Add what waits here, unless the thread has it already. */
export function addOutgoing(items: readonly Item[], outgoing: Outgoing): Item[] {
  const known = items.some((item) => item.client_id === outgoing.client_id);
  return known ? [...items] : [...items, fromOutgoing(outgoing)];
}

export function change(items: readonly Item[], clientId: string, part: Partial<Item>): Item[] {
  return items.map((item) => (item.client_id === clientId ? { ...item, ...part } : item));
}

/** How many answers the customer has not seen. */
export function unread(items: readonly Item[], read: number): number {
  return items.filter((item) => isAnswer(item) && (item.position || 0) > read && item.state !== "read").length;
}

export function isAnswer(item: Item): boolean {
  return item.direction === "outbound";
}

/** Answers up to `position` now have at least this state. */
export function reach(items: readonly Item[], position: number, state: "delivered" | "read"): Item[] {
  return items.map((item) =>
    isAnswer(item) && item.position !== null && item.position <= position && item.state !== "read"
      ? { ...item, state }
      : item,
  );
}

/** The highest answer that the desk has not yet been told about, or 0. */
export function unacknowledged(items: readonly Item[], position: number, state: "delivered" | "read"): number {
  let highest = 0;
  for (const item of items) {
    if (!isAnswer(item) || item.position === null || item.position > position) continue;
    const told = item.state === "read" || item.state === state;
    if (!told) highest = Math.max(highest, item.position);
  }
  return highest;
}

export interface Speaker {
  author: "assistant" | "agent";
  name: string | null;
}

/** Who answers now: the last person or assistant who wrote. */
export function speaker(items: readonly Item[]): Speaker {
  for (let index = items.length - 1; index >= 0; index--) {
    const item = items[index]!;
    if (isAnswer(item) && isSpeaker(item.author)) return { author: item.author, name: item.author_name };
  }
  return { author: "assistant", name: null };
}

export function isSpeaker(author: Author): author is "assistant" | "agent" {
  return author === "assistant" || author === "agent";
}

/** Per item: the speaker when another one takes over with it, else null. The first assistant is no news. */
export function takeovers(items: readonly Item[]): (Speaker | null)[] {
  let before: Speaker = { author: "assistant", name: null };
  return items.map((item) => {
    if (!isAnswer(item) || !isSpeaker(item.author)) return null;
    const now: Speaker = { author: item.author, name: item.author_name };
    const changed = now.author !== before.author || (now.author === "agent" && now.name !== before.name);
    before = now;
    return changed ? now : null;
  });
}
