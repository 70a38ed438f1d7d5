/** The line to the desk: a socket that comes back by itself, or polling where sockets are impossible. */

import { ApiError, type Messages } from "./api";
import type { Frame, Mode } from "./types";

/** What the line needs; a test gives its own. */
export interface Ports {
  openSocket(): WebSocket;
  poll(wait: number): Promise<Messages>;
  hear(frame: Frame): void;
  hearPage(page: Messages): void;
  changed(mode: Mode): void;
  /** The desk no longer knows our token. */
  unauthorised(): void;
}

const FIRST_WAIT = 1000;
const LONGEST_WAIT = 30_000;
const OPEN_WITHIN = 15_000;
const SILENCE = 50_000; // the desk pings every 20 s
const POLL_WAIT = 20; // seconds the desk may hold a poll
const SOCKET_AGAIN = 5 * 60_000; // while polling, try a socket this often
const FAILURES_BEFORE_POLLING = 2;

export class Link {
  mode: Mode = "off";
  private socket: WebSocket | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private watch: ReturnType<typeof setTimeout> | undefined;
  private failures = 0; // sockets in a row that never opened
  private waits = 0;
  private life = 0; // a newer life silences callbacks of an older one

  constructor(
    private readonly ports: Ports,
    private readonly random: () => number = Math.random,
  ) {}

  start(): void {
    if (this.mode === "off") this.connect();
  }

  stop(): void {
    this.leave();
    this.set("off");
  }

  /** Do not wait any longer: the network is back, or somebody looks at the page again. */
  hurry(): void {
    if (this.mode !== "waiting" && this.mode !== "polling") return;
    this.waits = 0;
    this.connect();
  }

  /** False when there is no socket to send on. */
  send(frame: object): boolean {
    if (this.mode !== "socket" || !this.socket) return false;
    this.socket.send(JSON.stringify(frame));
    return true;
  }

  /** The socket looks open but does not answer: start over. */
  distrust(): void {
    if (this.mode === "socket") this.lost();
  }

  private connect(): void {
    this.leave();
    const life = this.life;
    if (this.mode !== "polling") this.set("waiting");
    let socket: WebSocket;
    try {
      socket = this.ports.openSocket();
    } catch {
      this.neverOpened();
      return;
    }
    this.socket = socket;
    let opened = false;
    const end = () => {
      if (life !== this.life) return;
      if (opened) this.lost();
      else this.neverOpened();
    };
    this.timer = setTimeout(end, OPEN_WITHIN);
    socket.onopen = () => {
      if (life !== this.life) return;
      opened = true;
      clearTimeout(this.timer);
      this.failures = 0;
      this.set("socket");
      this.listenFor(SILENCE);
    };
    socket.onmessage = (event) => {
      if (life !== this.life) return;
      this.waits = 0;
      this.listenFor(SILENCE);
      this.hear(String(event.data));
    };
    socket.onclose = socket.onerror = end;
  }

  private hear(text: string): void {
    const frame = JSON.parse(text) as Frame;
    if (frame.type === "ping") this.send({ type: "pong" });
    else this.ports.hear(frame);
  }

  private neverOpened(): void {
    this.failures += 1;
    if (this.failures >= FAILURES_BEFORE_POLLING) void this.pollFor(SOCKET_AGAIN);
    else this.lost();
  }

  /** Also finds out that the token is refused, which a socket's failure does not tell. */
  private async pollFor(duration: number): Promise<void> {
    this.leave();
    const life = this.life;
    const until = Date.now() + duration;
    let wait = 0; // the first answer only shows that HTTP works
    while (Date.now() < until) {
      try {
        const page = await this.ports.poll(wait);
        if (life !== this.life) return;
        this.waits = 0;
        this.set("polling");
        this.ports.hearPage(page);
        wait = POLL_WAIT;
      } catch (error) {
        if (life !== this.life) return;
        if (error instanceof ApiError && error.status === 401) {
          this.stop();
          this.ports.unauthorised();
        } else {
          this.lost();
        }
        return;
      }
    }
    this.failures = FAILURES_BEFORE_POLLING - 1;
    this.connect();
  }

  private lost(): void {
    this.leave();
    this.set("waiting");
    const whole = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** this.waits);
    this.waits += 1;
    // Whoever was cut off together must not come back together.
    this.timer = setTimeout(() => this.connect(), whole * (0.5 + this.random() / 2));
  }

  private leave(): void {
    this.life += 1;
    clearTimeout(this.timer);
    clearTimeout(this.watch);
    const socket = this.socket;
    this.socket = null;
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = socket.onerror = null;
      socket.close();
    }
  }

  private listenFor(time: number): void {
    clearTimeout(this.watch);
    this.watch = setTimeout(() => this.lost(), time);
  }

  private set(mode: Mode): void {
    if (this.mode === mode) return;
    this.mode = mode;
    this.ports.changed(mode);
  }
}
