import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Frame } from '@/api/types'
import { LiveConnection, SILENCE_MS, type LiveState, type Socket } from '@/live/connection'

class FakeSocket implements Socket {
  onopen: Socket['onopen'] = null
  onmessage: Socket['onmessage'] = null
  onclose: Socket['onclose'] = null
  sent: string[] = []
  isClosed = false
  constructor(readonly path: string) {}
  send(text: string) {
    this.sent.push(text)
  }
  close() {
    this.isClosed = true
  }
  receive(frame: object) {
    this.onmessage?.({ data: JSON.stringify(frame) } as MessageEvent)
  }
  lose(code = 1006) {
    this.onclose?.({ code } as CloseEvent)
  }
}

const event = (cursor: string) => ({ type: 'event', cursor, event: {}, ticket: null, message: null })
const hello = (cursor: string) => ({ type: 'hello', cursor, views: {} })

let sockets: FakeSocket[]
let frames: { frame: Frame; first: boolean }[]
let states: LiveState[]
let signedOut: number
let connection: LiveConnection
const latest = () => sockets.at(-1)!

beforeEach(() => {
  vi.useFakeTimers()
  sockets = []
  frames = []
  states = []
  signedOut = 0
  connection = new LiveConnection(
    {
      onFrame: (frame, { first }) => frames.push({ frame, first }),
      onState: (state) => states.push(state),
      onSignedOut: () => (signedOut += 1),
    },
    (path) => {
      sockets.push(new FakeSocket(path))
      return latest()
    },
    () => 1,
  )
  connection.start()
})
afterEach(() => {
  connection.stop()
  vi.useRealTimers()
})

describe('the live connection', () => {
  it('starts without a cursor and says when it is greeted', () => {
    expect(latest().path).toBe('/api/live')
    latest().receive(hello('1:1'))
    expect(states).toEqual(['connecting', 'open'])
    expect(frames[0]?.first).toBe(true)
  })

  it('comes back with the cursor of the last event it was given', async () => {
    latest().receive(hello('1:1'))
    latest().receive(event('1:7'))
    latest().lose()
    await vi.advanceTimersByTimeAsync(500)
    expect(latest().path).toBe('/api/live?cursor=1%3A7')
  })

  it('asks for the gap again when it is lost in the middle of the replay', async () => {
    latest().receive(hello('1:1'))
    latest().lose()
    await vi.advanceTimersByTimeAsync(500)
    latest().receive(hello('1:9'))
    latest().receive(event('1:2'))
    latest().lose()
    await vi.advanceTimersByTimeAsync(1000)
    expect(latest().path).toBe('/api/live?cursor=1%3A2')
    expect(frames.filter(({ first }) => first)).toHaveLength(1)
  })

  it('keeps the new cursor of a reset', async () => {
    latest().receive(hello('1:1'))
    latest().receive({ type: 'reset', cursor: '9:9' })
    latest().lose()
    await vi.advanceTimersByTimeAsync(500)
    expect(latest().path).toBe('/api/live?cursor=9%3A9')
  })

  it('waits twice as long after each failure, up to twenty seconds, and afresh after a greeting', async () => {
    for (const delay of [500, 1000, 2000, 4000, 8000, 16_000, 20_000, 20_000]) {
      const count = sockets.length
      latest().lose()
      await vi.advanceTimersByTimeAsync(delay - 1)
      expect(sockets).toHaveLength(count)
      await vi.advanceTimersByTimeAsync(1)
      expect(sockets).toHaveLength(count + 1)
    }
    latest().receive(hello('1:1'))
    latest().lose()
    await vi.advanceTimersByTimeAsync(500)
    expect(states.at(-1)).toBe('connecting')
  })

  it('answers pings and takes silence for a loss', async () => {
    latest().receive(hello('1:1'))
    await vi.advanceTimersByTimeAsync(SILENCE_MS - 1)
    latest().receive({ type: 'ping' })
    expect(latest().sent).toEqual(['{"type":"pong"}'])
    await vi.advanceTimersByTimeAsync(SILENCE_MS - 1)
    expect(latest().isClosed).toBe(false)
    const silent = latest()
    await vi.advanceTimersByTimeAsync(1)
    expect(silent.isClosed).toBe(true)
    await vi.advanceTimersByTimeAsync(500)
    expect(sockets).toHaveLength(2)
  })

  it('does not wait when the network is back', () => {
    latest().lose()
    connection.retryNow()
    expect(sockets).toHaveLength(2)
    connection.retryNow()
    expect(sockets).toHaveLength(2)
  })

  it('stops when the session has ended', async () => {
    latest().receive(hello('1:1'))
    latest().lose(4401)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(signedOut).toBe(1)
    expect(sockets).toHaveLength(1)
  })

  it('ignores what an abandoned socket still says', () => {
    const old = latest()
    const lastWords = old.onmessage
    old.lose()
    connection.retryNow()
    lastWords?.({ data: JSON.stringify(event('1:5')) } as MessageEvent)
    expect(frames).toHaveLength(0)
  })
})
