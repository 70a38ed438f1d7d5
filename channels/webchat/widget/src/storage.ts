/** What survives a reload. A browser that refuses storage keeps everything in memory instead. */

import type { Item, Outgoing, Settings } from "./types";

export interface Cache {
  token: string | null;
  renewed: number;
  settings: Settings | null;
  items: Item[];
  position: number;
  read: number;
}

export interface Choices {
  language: string | null;
  sound: boolean;
  draft: string;
}

const EMPTY: Cache = { token: null, renewed: 0, settings: null, items: [], position: 0, read: 0 };
const DEFAULTS: Choices = { language: null, sound: false, draft: "" };

/** One account's corner of localStorage. Each waiting message has a key of its own, so that two tabs cannot
 * overwrite each other's. */
export class Storage {
  private memory = new Map<string, string>();

  constructor(private readonly prefix: string) {}

  cache(): Cache {
    return { ...EMPTY, ...this.read<Partial<Cache>>("thread") };
  }

  keepCache(cache: Cache): void {
    this.write("thread", cache);
  }

  choices(): Choices {
    return { ...DEFAULTS, ...this.read<Partial<Choices>>("choices") };
  }

  keepChoices(choices: Choices): void {
    this.write("choices", choices);
  }

  outgoing(): Outgoing[] {
    const found: Outgoing[] = [];
    for (const key of this.keys("out:")) {
      const outgoing = this.read<Outgoing>(key);
      if (outgoing && outgoing.client_id) found.push(outgoing);
    }
    return found.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  }

  keepOutgoing(outgoing: Outgoing): void {
    this.write(`out:${outgoing.client_id}`, outgoing);
  }

  dropOutgoing(clientId: string): void {
    const key = this.prefix + `out:${clientId}`;
    this.memory.delete(key);
    try {
      localStorage.removeItem(key);
    } catch {
      // Without storage there was nothing to remove.
    }
  }

  private keys(start: string): string[] {
    const wanted = this.prefix + start;
    const keys = new Set<string>(this.memory.keys());
    try {
      for (let index = 0; index < localStorage.length; index++) keys.add(localStorage.key(index) || "");
    } catch {
      // Memory alone.
    }
    return Array.from(keys)
      .filter((key) => key.indexOf(wanted) === 0)
      .map((key) => key.slice(this.prefix.length));
  }

  private read<T>(name: string): T | null {
    const key = this.prefix + name;
    try {
      const text = this.memory.has(key) ? this.memory.get(key)! : localStorage.getItem(key);
      return text ? (JSON.parse(text) as T) : null;
    } catch {
      return null;
    }
  }

  private write(name: string, value: unknown): void {
    const key = this.prefix + name;
    const text = JSON.stringify(value);
    try {
      localStorage.setItem(key, text);
      this.memory.delete(key);
    } catch {
      this.memory.set(key, text);
    }
  }
}
