/** What the customer wrote and the desk has not stored yet: sent in order, again and again, under the same id.
 *
 * Texts and files have a lane each: a photograph on a slow line does not hold up the word "danger" behind it.
 */

import { ApiError } from "./api";
import type { Outgoing } from "./types";

export interface OutboxPorts {
  /** Resolves when stored; an ApiError says whether to try again. */
  deliver(outgoing: Outgoing): Promise<void>;
  stored(outgoing: Outgoing): void;
  refused(outgoing: Outgoing, code: string): void;
}

const FIRST_WAIT = 2000;
const LONGEST_WAIT = 30_000;

class Lane {
  readonly waiting: Outgoing[] = [];
  private running = false;
  private wake: (() => void) | null = null;

  constructor(private readonly ports: OutboxPorts) {}

  hurry(): void {
    if (this.wake) this.wake();
    void this.run();
  }

  private async run(): Promise<void> {
    if (this.running) return;
    this.running = true;
    let wait = FIRST_WAIT;
    while (this.waiting.length) {
      const next = this.waiting[0]!;
      try {
        await this.ports.deliver(next);
        this.remove(next);
        this.ports.stored(next);
        wait = FIRST_WAIT;
      } catch (error) {
        const problem = error instanceof ApiError ? error : new ApiError(0, "other");
        if (problem.status === 401 || problem.temporary) {
          await this.pause(problem.retryAfter ? problem.retryAfter * 1000 : wait);
          wait = Math.min(LONGEST_WAIT, wait * 2);
        } else {
          this.remove(next);
          this.ports.refused(next, problem.code);
        }
      }
    }
    this.running = false;
  }

  private remove(outgoing: Outgoing): void {
    const index = this.waiting.indexOf(outgoing);
    if (index >= 0) this.waiting.splice(index, 1);
  }

  private pause(time: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.wake = null;
        resolve();
      };
      const timer = setTimeout(done, time);
      this.wake = done;
    });
  }
}

export class Outbox {
  private readonly texts: Lane;
  private readonly files: Lane;

  constructor(ports: OutboxPorts) {
    this.texts = new Lane(ports);
    this.files = new Lane(ports);
  }

  get size(): number {
    return this.texts.waiting.length + this.files.waiting.length;
  }

  add(outgoing: Outgoing): void {
    const lane = outgoing.file ? this.files : this.texts;
    if (!lane.waiting.some((known) => known.client_id === outgoing.client_id)) lane.waiting.push(outgoing);
    lane.hurry();
  }

  /** Something has changed for the better: do not wait any longer. */
  hurry(): void {
    this.texts.hurry();
    this.files.hurry();
  }
}
