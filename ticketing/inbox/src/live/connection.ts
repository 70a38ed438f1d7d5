/** The one live socket: reconnects with its last cursor, notices silence, and says how it is doing. */
import type { Frame } from '@/api/types'

export type LiveState = 'connecting' | 'open' | 'waiting' | 'closed'

/** The part of a WebSocket this uses; tests give their own. */
export interface Socket {
  onopen: ((event: Event) => void) | null
  onmessage: ((event: MessageEvent) => void) | null
  onclose: ((event: CloseEvent) => void) | null
  send(text: string): void
  close(code?: number): void
}

export interface LiveHandlers {
  onFrame: (frame: Frame, context: { first: boolean }) => void
  onState: (state: LiveState, nextAttemptAt: number | null) => void
  onSignedOut: () => void
}

const SIGNED_OUT = 4401
/** Longer than two of the server's pings: a silent socket is a dead one. */
export const SILENCE_MS = 45_000
const FIRST_DELAY_MS = 500
const LONGEST_DELAY_MS = 20_000

export class LiveConnection {
  private socket: Socket | null = null
  private cursor: string | null = null
  private failures = 0
  private wanted = false
  private greeted = false
  /** The desk has greeted us on this very socket. */
  private isHeard = false
  private retryTimer: ReturnType<typeof setTimeout> | undefined
  private silenceTimer: ReturnType<typeof setTimeout> | undefined

  constructor(
    private readonly handlers: LiveHandlers,
    private readonly openSocket: (path: string) => Socket = browserSocket,
    private readonly random: () => number = Math.random,
  ) {}

  start(): void {
    this.wanted = true
    this.connect()
  }

  stop(): void {
    this.wanted = false
    this.cursor = null
    this.greeted = false
    this.failures = 0
    clearTimeout(this.retryTimer)
    this.drop()
    this.handlers.onState('closed', null)
  }

  /** Says something to the desk; what is said while there is no connection is not said. */
  say(frame: object): void {
    if (this.isHeard) this.socket?.send(JSON.stringify(frame))
  }

  /** The network came back or the agent asked: do not wait for the timer. */
  retryNow(): void {
    if (this.wanted && !this.socket) this.connect()
  }

  private connect(): void {
    clearTimeout(this.retryTimer)
    const query = this.cursor === null ? '' : `?cursor=${encodeURIComponent(this.cursor)}`
    const socket = this.openSocket(`/api/live${query}`)
    this.socket = socket
    this.handlers.onState('connecting', null)
    this.watchSilence()
    socket.onopen = () => this.watchSilence()
    socket.onmessage = (event) => {
      if (this.socket === socket) this.receive(event.data as string)
    }
    socket.onclose = (event) => {
      if (this.socket === socket) this.lost(event.code)
    }
  }

  private receive(data: string): void {
    this.watchSilence()
    const frame = JSON.parse(data) as Frame
    if (frame.type === 'ping') {
      this.socket?.send('{"type":"pong"}')
      return
    }
    if (frame.type === 'hello') this.isHeard = true
    if (frame.type === 'hello' || frame.type === 'reset') {
      this.failures = 0
      this.handlers.onState('open', null)
    }
    this.handlers.onFrame(frame, { first: !this.greeted })
    if (frame.type === 'hello') this.greeted = true
    // Only after the frame was applied: a crash on the way asks for it again. A later hello may name the newest
    // cursor before the missed events were sent, so only the first one counts.
    if ('cursor' in frame && (frame.type !== 'hello' || this.cursor === null)) this.cursor = frame.cursor
  }

  private lost(code: number): void {
    this.drop()
    if (code === SIGNED_OUT) {
      this.wanted = false
      this.handlers.onSignedOut()
      return
    }
    if (!this.wanted) return
    const ceiling = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** this.failures)
    this.failures += 1
    // Half fixed, half by chance, so that a restarted server is not met by every desk at once.
    const delay = ceiling / 2 + (ceiling / 2) * this.random()
    this.handlers.onState('waiting', Date.now() + delay)
    this.retryTimer = setTimeout(() => this.connect(), delay)
  }

  private watchSilence(): void {
    clearTimeout(this.silenceTimer)
    this.silenceTimer = setTimeout(() => this.lost(0), SILENCE_MS)
  }

  private drop(): void {
    clearTimeout(this.silenceTimer)
    const socket = this.socket
    this.socket = null
    this.isHeard = false
    if (!socket) return
    socket.onmessage = socket.onclose = socket.onopen = null
    socket.close()
  }
}

function browserSocket(path: string): Socket {
  const url = new URL(path, location.href)
  url.protocol = url.protocol.replace('http', 'ws')
  return new WebSocket(url) as unknown as Socket
}
