import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { ApiError } from "../src/api";
import { Outbox } from "../src/outbox";
import type { Outgoing } from "../src/types";

const text = (id: string): Outgoing => ({ client_id: id, at: "2026-11-23T10:00:00Z", text: id });
const file = (id: string): Outgoing => ({ ...text(id), file: { name: id, type: "image/png", size: 1 } });

function setUp(deliver: (outgoing: Outgoing) => Promise<void>) {
  const log: string[] = [];
  const outbox = new Outbox({
    deliver: (outgoing) => {
      log.push(`try ${outgoing.client_id}`);
      return deliver(outgoing);
    },
    stored: (outgoing) => log.push(`stored ${outgoing.client_id}`),
    refused: (outgoing, code) => log.push(`refused ${outgoing.client_id} ${code}`),
  });
  return { outbox, log };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("outbox", () => {
  it("sends one after the other, in order", async () => {
    const { outbox, log } = setUp(async () => undefined);
    ["a", "b"].forEach((id) => outbox.add(text(id)));
    await vi.runAllTimersAsync();
    expect(log).toEqual(["try a", "stored a", "try b", "stored b"]);
    expect(outbox.size).toBe(0);
  });

  it("tries again under the same id until the network is back, and lets nothing overtake", async () => {
    let down = 3;
    const { outbox, log } = setUp(async () => {
      if (down-- > 0) throw new ApiError(0, "network");
    });
    ["a", "b"].forEach((id) => outbox.add(text(id)));
    await vi.runAllTimersAsync();
    expect(log).toEqual(["try a", "try a", "try a", "try a", "stored a", "try b", "stored b"]);
  });

  it("does not wait once told that things are better", async () => {
    let down = true;
    const { outbox, log } = setUp(async () => {
      if (down) throw new ApiError(503, "unavailable");
    });
    outbox.add(text("a"));
    await vi.advanceTimersByTimeAsync(10);
    down = false;
    outbox.hurry();
    await vi.advanceTimersByTimeAsync(10);
    expect(log).toEqual(["try a", "try a", "stored a"]);
  });

  it("waits as long as the desk says", async () => {
    let limited = true;
    const { outbox, log } = setUp(async () => {
      if (limited) throw new ApiError(429, "rate_limited", 40);
    });
    outbox.add(text("a"));
    await vi.advanceTimersByTimeAsync(39_000);
    expect(log).toEqual(["try a"]);
    limited = false;
    await vi.advanceTimersByTimeAsync(2000);
    expect(log).toEqual(["try a", "try a", "stored a"]);
  });

  it("gives up what is refused for good, and goes on", async () => {
    const { outbox, log } = setUp(async (outgoing) => {
      if (outgoing.client_id === "a") throw new ApiError(422, "media_unsupported");
    });
    ["a", "b"].forEach((id) => outbox.add(text(id)));
    await vi.runAllTimersAsync();
    expect(log).toEqual(["try a", "refused a media_unsupported", "try b", "stored b"]);
  });

  it("does not hold up a text behind a slow photograph", async () => {
    let arrived = () => undefined as void;
    const { outbox, log } = setUp((outgoing) =>
      outgoing.file ? new Promise((resolve) => (arrived = resolve)) : Promise.resolve(),
    );
    outbox.add(file("photo"));
    outbox.add(text("danger"));
    await vi.advanceTimersByTimeAsync(10);
    expect(log).toEqual(["try photo", "try danger", "stored danger"]);
    arrived();
    await vi.advanceTimersByTimeAsync(10);
    expect(log).toContain("stored photo");
  });

  it("takes the same message once", async () => {
    const { outbox, log } = setUp(() => new Promise(() => undefined));
    [text("a"), text("a")].forEach((outgoing) => outbox.add(outgoing));
    await vi.advanceTimersByTimeAsync(10);
    expect([log, outbox.size]).toEqual([["try a"], 1]);
  });
});
