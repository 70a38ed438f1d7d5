/** The widget's state and everything that changes it. Views subscribe; they never talk to the desk. */

import { Api, ApiError, type Messages } from "./api";
import { dropFile, keepFile, keptFile, shrink } from "./files";
import { Link } from "./link";
import { Outbox } from "./outbox";
import { type Choices, Storage } from "./storage";
import * as thread from "./thread";
import type { Choice, Frame, Item, Language, Message, Mode, Outgoing, Place, Settings } from "./types";

const TYPING_TIME = 8000;
const ANSWER_TIME = 20_000; // a socket that does not say "stored" within this is dead
const RENEW_AFTER = 24 * 3600_000;
const STILL_WARM = 7 * 24 * 3600_000; // a thread this recent is followed while the panel is closed
const RETRY_FIRST = 3000;
const RETRY_LONGEST = 60_000;

export interface State {
  open: boolean;
  mode: Mode;
  settings: Settings | null;
  items: Item[];
  read: number;
  typing: boolean;
  sound: boolean;
  language: Language;
  notice: string | null; // code of something that could not be done
  progress: Record<string, number>; // client id → part uploaded
}

export class Chat {
  state: State;
  private readonly api: Api;
  private readonly link: Link;
  private readonly outbox: Outbox;
  private readonly listeners = new Set<() => void>();
  private readonly answers = new Map<string, { resolve(): void; reject(error: ApiError): void }>();
  private choices: Choices;
  private token: string | null;
  private renewed: number;
  private position: number;
  private opening: Promise<string> | null = null;
  private typingTimer: ReturnType<typeof setTimeout> | undefined;
  private acknowledging = false;
  private newsToAcknowledge = false;
  private retryTimer: ReturnType<typeof setTimeout> | undefined;
  private retryWait = RETRY_FIRST;
  private readonly previews = new Map<string, string>();

  constructor(
    base: string,
    private readonly storage: Storage,
    language: Language,
    private readonly ring: () => void = () => undefined,
  ) {
    const cache = storage.cache();
    this.choices = storage.choices();
    this.token = cache.token;
    this.renewed = cache.renewed;
    this.position = cache.position;
    const waiting = storage.outgoing();
    this.state = {
      open: false,
      mode: "off",
      settings: cache.settings,
      items: waiting.reduce<Item[]>(thread.addOutgoing, cache.items),
      read: cache.read,
      typing: false,
      sound: this.choices.sound,
      language,
      notice: null,
      progress: {},
    };
    this.api = new Api(base);
    this.outbox = new Outbox({
      deliver: (outgoing) => this.deliver(outgoing),
      stored: (outgoing) => this.settled(outgoing, { sending: "stored" }),
      refused: (outgoing, code) => this.settled(outgoing, { sending: "refused", code }),
    });
    this.link = new Link({
      openSocket: () => new WebSocket(this.api.socketAddress(this.token || "", this.position)),
      poll: (wait) => this.api.messages(this.token || "", this.position, wait),
      hear: (frame) => this.hear(frame),
      hearPage: (page) => this.hearPage(page),
      changed: (mode) => this.connected(mode),
      unauthorised: () => this.forgotten(),
    });
    for (const outgoing of waiting) this.outbox.add(outgoing);
    if (this.token && (waiting.length || this.isWarm())) void this.connect();
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  get draft(): string {
    return this.choices.draft;
  }

  get chosenLanguage(): string | null {
    return this.choices.language;
  }

  attachmentAddress(id: string): string {
    return this.api.attachmentAddress(this.token || "", id);
  }

  /** Our own picture, still here: nobody downloads on a slow line what he has just sent. */
  preview(clientId: string | null): string | null {
    return (clientId && this.previews.get(clientId)) || null;
  }

  forgetPreview(clientId: string): void {
    const address = this.previews.get(clientId);
    if (address) URL.revokeObjectURL(address);
    this.previews.delete(clientId);
  }

  // What the customer does

  open(): void {
    this.set({ open: true });
    void this.connect();
    this.seen();
  }

  close(): void {
    this.set({ open: false, notice: null });
  }

  setLanguage(language: Language): void {
    this.keepChoices({ language });
    this.set({ language });
  }

  setSound(sound: boolean): void {
    this.keepChoices({ sound });
    this.set({ sound });
  }

  keepDraft(draft: string): void {
    this.keepChoices({ draft });
  }

  notice(code: string | null): void {
    this.set({ notice: code });
  }

  say(text: string): void {
    const trimmed = text.trim();
    if (trimmed) this.queue({ text: trimmed });
  }

  choose(choice: Choice): void {
    this.queue({ choice_id: choice.id, text: choice.title });
  }

  place(location: Place): void {
    this.queue({ location });
  }

  async attach(file: File): Promise<void> {
    const small = await shrink(file);
    const most = this.state.settings ? this.state.settings.file_bytes : Infinity;
    if (small.size > most) return this.notice("file_too_large");
    const name = small === file ? file.name : file.name.replace(/\.\w+$/, "") + ".jpg";
    const id = newId();
    if (thread.kindOf(small.type) === "image") this.previews.set(id, URL.createObjectURL(small));
    await keepFile(id, small);
    this.queue({ file: { name, type: small.type || file.type, size: small.size } }, id);
  }

  again(item: Item): void {
    const outgoing = item.client_id ? this.refusedOutgoing(item) : null;
    if (!outgoing) return;
    this.set({ items: thread.change(this.state.items, outgoing.client_id, { sending: "queued", code: null }) });
    this.storage.keepOutgoing(outgoing);
    this.outbox.add(outgoing);
  }

  remove(item: Item): void {
    if (item.client_id) {
      this.forgetPreview(item.client_id);
      void dropFile(item.client_id);
    }
    this.set({ items: this.state.items.filter((known) => known !== item) });
    this.keep();
  }

  /** The page is looked at again, or the network is back. */
  hurry(): void {
    if (this.state.mode === "waiting" && this.link.mode === "off") void this.connect();
    this.link.hurry();
    this.outbox.hurry();
    this.seen();
  }

  /** The browser says that the network is gone: an open socket would find out only by silence. */
  offline(): void {
    this.link.distrust();
  }

  // Sending

  private queue(part: Omit<Outgoing, "client_id" | "at">, id = newId()): void {
    const outgoing: Outgoing = { client_id: id, at: new Date().toISOString(), ...part };
    this.storage.keepOutgoing(outgoing);
    this.set({ items: thread.addOutgoing(this.state.items, outgoing), notice: null });
    void this.connect();
    this.outbox.add(outgoing);
  }

  private refusedOutgoing(item: Item): Outgoing | null {
    if (!item.client_id) return null;
    const outgoing: Outgoing = { client_id: item.client_id, at: item.at };
    const file = item.attachments[0];
    if (file) outgoing.file = { name: file.name || "file", type: file.content_type, size: file.size || 0 };
    if (item.text) outgoing.text = item.text;
    if (item.choice_id) outgoing.choice_id = item.choice_id;
    if (item.location) outgoing.location = item.location;
    return outgoing;
  }

  private async deliver(outgoing: Outgoing): Promise<void> {
    const token = await this.visitor();
    try {
      if (outgoing.file) await this.upload(token, outgoing);
      else if (this.link.mode === "socket") await this.overSocket(outgoing);
      else await this.api.send(token, outgoing);
    } catch (error) {
      if (error instanceof ApiError && error.status === 401 && this.token === token) this.forgotten();
      throw error;
    }
  }

  private async upload(token: string, outgoing: Outgoing): Promise<void> {
    const file = await keptFile(outgoing.client_id);
    if (!file) throw new ApiError(410, "file_lost");
    await this.api.upload(token, outgoing.client_id, file, outgoing.file!.name, (part) =>
      this.set({ progress: { ...this.state.progress, [outgoing.client_id]: part } }),
    );
  }

  private overSocket(outgoing: Outgoing): Promise<void> {
    return new Promise((resolve, reject) => {
      const id = outgoing.client_id;
      const done = () => {
        clearTimeout(timer);
        this.answers.delete(id);
      };
      const timer = setTimeout(() => {
        done();
        this.link.distrust();
        reject(new ApiError(0, "network"));
      }, ANSWER_TIME);
      this.answers.set(id, {
        resolve: () => (done(), resolve()),
        reject: (error) => (done(), reject(error)),
      });
      if (!this.link.send({ type: "send", ...outgoing })) this.answers.get(id)!.reject(new ApiError(0, "network"));
    });
  }

  private settled(outgoing: Outgoing, part: Partial<Item>): void {
    this.storage.dropOutgoing(outgoing.client_id);
    if (part.sending === "stored") void dropFile(outgoing.client_id);
    const { [outgoing.client_id]: _done, ...progress } = this.state.progress;
    this.set({ items: thread.change(this.state.items, outgoing.client_id, part), progress });
    this.keep();
  }

  // The line

  /** A token, from the desk when we have none; one request however many ask. */
  private visitor(): Promise<string> {
    if (this.token) return Promise.resolve(this.token);
    return this.introduce();
  }

  private introduce(): Promise<string> {
    if (!this.opening) {
      const forget = () => {
        this.opening = null;
      };
      // Another tab may have been faster: one browser is one visitor.
      const known = this.token || this.storage.cache().token;
      this.opening = this.api.visitor(known, this.state.language).then((visitor) => {
        this.token = visitor.token;
        this.renewed = Date.now();
        this.set({ settings: visitor.settings });
        this.keep();
        return visitor.token;
      });
      this.opening.then(forget, forget);
    }
    return this.opening;
  }

  private async connect(): Promise<void> {
    clearTimeout(this.retryTimer);
    try {
      if (!this.token || !this.state.settings || Date.now() - this.renewed > RENEW_AFTER) await this.introduce();
      this.retryWait = RETRY_FIRST;
      this.link.start();
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) this.forgotten();
      else if (this.token) this.link.start();
      else this.connectLater(error instanceof ApiError ? error.retryAfter : null);
    }
  }

  private connectLater(seconds: number | null): void {
    this.set({ mode: "waiting" });
    clearTimeout(this.retryTimer);
    const wait = seconds ? seconds * 1000 : this.retryWait * (0.5 + Math.random() / 2);
    this.retryTimer = setTimeout(() => void this.connect(), wait);
    this.retryWait = Math.min(RETRY_LONGEST, this.retryWait * 2);
  }

  private connected(mode: Mode): void {
    this.set({ mode });
    if (mode !== "socket") {
      for (const answer of Array.from(this.answers.values())) answer.reject(new ApiError(0, "network"));
    }
    if (mode === "socket" || mode === "polling") {
      this.outbox.hurry();
      void this.acknowledge();
    }
  }

  /** The desk does not take our token any more: begin anew; what waits here is sent as the new visitor. */
  private forgotten(): void {
    this.link.stop();
    this.token = null;
    this.position = 0;
    this.set({ items: this.storage.outgoing().reduce<Item[]>(thread.addOutgoing, []), read: 0 });
    this.keep();
    void this.connect();
  }

  private hear(frame: Frame): void {
    if (frame.type === "message") this.hearMessages([frame.message]);
    else if (frame.type === "typing") this.showTyping();
    else if (frame.type === "state") this.readElsewhere(frame.message_id);
    else if (frame.type === "stored") this.answers.get(frame.client_id)?.resolve();
    else if (frame.type === "refused" && frame.client_id) {
      const temporary = frame.retry_after !== undefined;
      const error = new ApiError(temporary ? 503 : 422, frame.code, frame.retry_after || null);
      this.answers.get(frame.client_id)?.reject(error);
    }
  }

  private hearPage(page: Messages): void {
    this.hearMessages(page.messages);
    this.position = Math.max(this.position, page.position);
  }

  private hearMessages(messages: Message[]): void {
    if (!messages.length) return;
    let items = this.state.items;
    let answered = false;
    for (const message of messages) {
      const isNew = !items.some((item) => item.id === message.id);
      items = thread.merge(items, message);
      answered = answered || (isNew && message.direction === "outbound");
      this.position = Math.max(this.position, message.position);
    }
    this.set({ items, typing: answered ? false : this.state.typing });
    this.keep();
    if (answered && this.state.sound) this.ring();
    this.seen();
  }

  private showTyping(): void {
    clearTimeout(this.typingTimer);
    this.set({ typing: true });
    this.typingTimer = setTimeout(() => this.set({ typing: false }), TYPING_TIME);
  }

  // Receipts

  private readElsewhere(messageId: string): void {
    const items = this.state.items.map((item) => (item.id === messageId ? { ...item, state: "read" } : item));
    this.set({ items });
    this.keep();
  }

  /** What is on the screen has been read. */
  private seen(): void {
    if (this.state.open && document.visibilityState === "visible" && this.position > this.state.read) {
      this.set({ read: this.position });
      this.keep();
    }
    void this.acknowledge();
  }

  private async acknowledge(): Promise<void> {
    this.newsToAcknowledge = true;
    if (this.acknowledging) return;
    this.acknowledging = true;
    try {
      while (this.newsToAcknowledge) {
        this.newsToAcknowledge = false;
        await this.tell("read", this.state.read);
        await this.tell("delivered", this.position);
      }
    } catch {
      // The next message or connection says it again.
    } finally {
      this.acknowledging = false;
    }
  }

  private async tell(state: "delivered" | "read", upTo: number): Promise<void> {
    const position = thread.unacknowledged(this.state.items, upTo, state);
    if (!position || !this.token) return;
    const frame = { type: state === "read" ? "read" : "received", position };
    if (!this.link.send(frame)) {
      if (this.link.mode !== "polling") return;
      await this.api.receipt(this.token, state, position);
    }
    this.set({ items: thread.reach(this.state.items, position, state) });
    this.keep();
  }

  // Keeping

  private isWarm(): boolean {
    const last = this.state.items[this.state.items.length - 1];
    return last !== undefined && Date.now() - Date.parse(last.at) < STILL_WARM;
  }

  private keep(): void {
    this.storage.keepCache({
      token: this.token,
      renewed: this.renewed,
      settings: this.state.settings,
      items: this.state.items.filter((item) => item.sending !== "queued").slice(-thread.KEPT),
      position: this.position,
      read: this.state.read,
    });
  }

  private keepChoices(part: Partial<Choices>): void {
    this.choices = { ...this.choices, ...part };
    this.storage.keepChoices(this.choices);
  }

  private set(part: Partial<State>): void {
    this.state = { ...this.state, ...part };
    this.listeners.forEach((listener) => listener());
  }
}

/** 128 random bits; `crypto.randomUUID` is missing on pages without HTTPS and on old telephones. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => (byte < 16 ? "0" : "") + byte.toString(16)).join("");
}
