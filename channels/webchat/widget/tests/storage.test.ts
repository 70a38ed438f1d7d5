import { afterEach, describe, expect, it, vi } from "vitest";

import { Storage } from "../src/storage";
import type { Outgoing } from "../src/types";

const outgoing = (id: string, at: string): Outgoing => ({ client_id: id, at, text: id });

function fakeLocalStorage(full = false) {
  const kept = new Map<string, string>();
  vi.stubGlobal("localStorage", {
    get length() {
      return kept.size;
    },
    key: (index: number) => Array.from(kept.keys())[index] ?? null,
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => {
      if (full) throw new Error("full");
      kept.set(key, value);
    },
    removeItem: (key: string) => kept.delete(key),
  });
  return kept;
}

afterEach(() => void vi.unstubAllGlobals());

describe("storage", () => {
  it("keeps the waiting messages of two tabs apart and in the order of writing", () => {
    fakeLocalStorage();
    const [first, second] = [new Storage("a:"), new Storage("a:")];
    first.keepOutgoing(outgoing("late", "2026-11-23T10:00:01Z"));
    second.keepOutgoing(outgoing("early", "2026-11-23T10:00:00Z"));
    expect(first.outgoing().map((message) => message.client_id)).toEqual(["early", "late"]);
    second.dropOutgoing("early");
    expect(first.outgoing().map((message) => message.client_id)).toEqual(["late"]);
    expect(new Storage("b:").outgoing()).toEqual([]);
  });

  it("works in memory where the browser refuses", () => {
    fakeLocalStorage(true);
    const storage = new Storage("a:");
    storage.keepOutgoing(outgoing("x", "2026-11-23T10:00:00Z"));
    storage.keepChoices({ language: "ar", sound: true, draft: "سلام" });
    expect(storage.outgoing()).toHaveLength(1);
    expect(storage.choices().draft).toBe("سلام");
    storage.dropOutgoing("x");
    expect(storage.outgoing()).toEqual([]);
  });

  it("survives what it cannot read", () => {
    const kept = fakeLocalStorage();
    kept.set("a:thread", "{not json");
    kept.set("a:out:x", "null");
    const storage = new Storage("a:");
    expect(storage.cache().items).toEqual([]);
    expect(storage.outgoing()).toEqual([]);
  });
});
