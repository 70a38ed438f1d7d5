import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { useOutbox, type Writing } from '@/stores/outbox'
import { useSession } from '@/stores/session'
import { fakeServer, message, refusal, SESSION } from './fixtures'

const REPLY = 'POST /api/tickets/t1/reply'
const writing = (text: string, changes: Partial<Writing> = {}): Writing => ({
  ticketId: 't1', kind: 'reply', text, conversationId: 'conversation', attachmentIds: [], files: [], ...changes,
})
let server: ReturnType<typeof fakeServer>
let answer: (body: { client_id: string; text: string }) => unknown
const sent = () => server.calls.map((call) => (call.body as { text: string }).text)
const settled = () => vi.advanceTimersByTimeAsync(0)

function freshPage(): void {
  setActivePinia(createPinia())
  useSession().current = structuredClone(SESSION)
}

beforeEach(() => {
  vi.useFakeTimers()
  localStorage.clear()
  freshPage()
  answer = ({ client_id }) => ({ messages: [message('m1', 1, { client_id })] })
  server = fakeServer({ [REPLY]: (body) => answer(body), 'POST /api/tickets/t1/note': (body) => answer(body) })
  vi.stubGlobal('fetch', server.fetch)
})
afterEach(() => {
  useOutbox().clear()
  vi.useRealTimers()
})

describe('the outbox', () => {
  it('sends in order, one at a time, and forgets what was taken', async () => {
    const outbox = useOutbox()
    outbox.send(writing('one'))
    outbox.send(writing('two'))
    outbox.send(writing('three', { kind: 'note' }))
    await settled()
    expect(sent()).toEqual(['one', 'two', 'three'])
    expect(outbox.items.size).toBe(0)
    expect(localStorage.length).toBe(0)
  })

  it('keeps a message while the desk cannot be reached and repeats it under the same id', async () => {
    const outbox = useOutbox()
    server.reachable = false
    outbox.send(writing('hello'))
    await settled()
    const [queued] = outbox.forTicket('t1')
    expect(queued).toMatchObject({ state: 'queued', text: 'hello' })
    server.reachable = true
    await vi.advanceTimersByTimeAsync(1000)
    expect(server.calls).toEqual([{ key: REPLY, body: { client_id: queued?.clientId, text: 'hello', conversation_id: 'conversation', attachment_ids: [] } }])
    expect(outbox.items.size).toBe(0)
  })

  it('survives a reload', async () => {
    server.reachable = false
    useOutbox().send(writing('written before the reload'))
    await settled()
    const [before] = useOutbox().forTicket('t1')
    useOutbox().clear()
    freshPage()
    server.reachable = true
    useOutbox().restore()
    await settled()
    expect(server.calls.map((call) => (call.body as { client_id: string }).client_id)).toEqual([before?.clientId])
    expect(localStorage.length).toBe(0)
  })

  it('never sends what another agent wrote at the same desk', async () => {
    server.reachable = false
    useOutbox().send(writing('of Salma'))
    await settled()
    useOutbox().clear()
    freshPage()
    useSession().current!.agent.id = 'someone-else'
    server.reachable = true
    useOutbox().restore()
    await settled()
    expect(server.calls).toEqual([])
    expect(localStorage.length).toBe(1)
  })

  it.each([503, 429, 401])('waits after %d', async (status) => {
    answer = () => refusal(status, 'later')
    useOutbox().send(writing('patience'))
    await settled()
    expect(useOutbox().forTicket('t1')[0]?.state).toBe('queued')
  })

  it('shows a refusal with its reason and lets a person decide', async () => {
    const outbox = useOutbox()
    answer = () => refusal(409, 'window_closed')
    outbox.send(writing('too late'))
    await settled()
    const [refused] = outbox.forTicket('t1')
    expect(refused).toMatchObject({ state: 'failed', errorCode: 'window_closed' })
    outbox.flush()
    await settled()
    expect(server.calls).toHaveLength(1)
    answer = ({ client_id }) => ({ messages: [message('m1', 1, { client_id })] })
    outbox.retry(refused!.clientId)
    await settled()
    expect(outbox.items.size).toBe(0)
  })

  it('keeps the order when the first has to wait', async () => {
    const outbox = useOutbox()
    server.reachable = false
    outbox.send(writing('one'))
    outbox.send(writing('two'))
    await settled()
    server.reachable = true
    outbox.flush()
    await settled()
    expect(sent()).toEqual(['one', 'two'])
  })
})
