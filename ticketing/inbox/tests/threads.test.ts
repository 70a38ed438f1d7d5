import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { Entry, Message } from '@/api/types'
import { toLines, type Draft, type Line } from '@/lib/timeline'
import { useThreads } from '@/stores/threads'
import { useTickets } from '@/stores/tickets'
import { detail, event, fakeServer, message, refusal, ticket } from './fixtures'

const entry = (one: Message): Entry => ({ type: 'message', message: one })
const texts = () => useThreads().threads.get('t1')!.entries.flatMap((one) => (one.type === 'message' ? [one.message.id] : []))

let timeline: { entries: Entry[]; has_more: boolean }
let beforeAnswer: () => void
let found: boolean

beforeEach(() => {
  setActivePinia(createPinia())
  timeline = { entries: [], has_more: false }
  beforeAnswer = () => {}
  found = true
  vi.stubGlobal(
    'fetch',
    fakeServer({
      'GET /api/tickets/t1': () => (found ? detail('t1', { unread: 1 }) : refusal(404, 'not_found')),
      'GET /api/tickets/t1/timeline': () => {
        const answer = structuredClone(timeline)
        beforeAnswer()
        return answer
      },
    }).fetch,
  )
})

describe('a thread', () => {
  it('opens oldest first and remembers where the new messages begin', async () => {
    timeline.entries = [entry(message('m1', 1)), entry(message('m2', 2))]
    await useThreads().open('t1')
    expect(texts()).toEqual(['m1', 'm2'])
    expect(useThreads().threads.get('t1')).toMatchObject({ status: 'ready', firstUnread: 'm2' })
  })

  it('says that a ticket is missing', async () => {
    found = false
    await useThreads().open('t1')
    expect(useThreads().threads.get('t1')?.status).toBe('missing')
  })

  it('shows a message once, whether the socket or the answer was first', async () => {
    const threads = useThreads()
    await threads.open('t1')
    const sent = message('m3', 3, { direction: 'outbound', author: 'agent', state: 'sent', client_id: 'c1' })
    threads.applyLive(event('e1', 'message.updated'), null, sent)
    threads.applyMessages('t1', [{ ...sent, state: 'pending' }])
    expect(texts()).toEqual(['m3'])
    const shown = threads.threads.get('t1')!.entries.find((one) => one.type === 'message')
    expect(shown?.type === 'message' && shown.message.state).toBe('sent')
  })

  it('does not lose what arrived while it was read again', async () => {
    const threads = useThreads()
    timeline.entries = [entry(message('m1', 1))]
    await threads.open('t1')
    beforeAnswer = () => threads.applyLive(event('e1', 'message.received'), ticket('t1'), message('m2', 2))
    await threads.open('t1')
    expect(texts()).toEqual(['m1', 'm2'])
  })

  it('has the messages of a ticket that is merged into it, and gives them back', async () => {
    const threads = useThreads()
    timeline.entries = [entry(message('m1', 1))]
    await threads.open('t1')
    timeline.entries = [entry(message('m0', 1, { conversation_id: 'other' })), entry(message('m1', 1))]
    threads.applyLive(event('e1', 'ticket.merged'), ticket('t1'), null)
    await vi.waitFor(() => expect(texts()).toEqual(['m0', 'm1']))
    timeline.entries = [entry(message('m1', 1))]
    threads.applyLive(event('e2', 'ticket.unmerged'), ticket('t1'), null)
    await vi.waitFor(() => expect(texts()).toEqual(['m1']))
  })

  it('drops the part before a gap, so that nothing seems to be missing in between', async () => {
    const threads = useThreads()
    timeline.entries = [entry(message('m1', 1))]
    await threads.open('t1')
    timeline = { entries: [entry(message('m80', 80, { created_at: '2026-11-23T11:00:00Z' }))], has_more: true }
    await threads.open('t1')
    expect(texts()).toEqual(['m80'])
    expect(threads.threads.get('t1')?.hasMore).toBe(true)
  })

  it('reads older messages before the oldest it has', async () => {
    const threads = useThreads()
    timeline = { entries: [entry(message('m5', 5))], has_more: true }
    await threads.open('t1')
    timeline = { entries: [entry(message('m3', 3)), entry(message('m4', 4))], has_more: false }
    await threads.loadOlder('t1')
    expect(texts()).toEqual(['m3', 'm4', 'm5'])
    expect(threads.threads.get('t1')).toMatchObject({ hasMore: false, loadingOlder: false })
  })

  it('lets a file appear once it is stored', async () => {
    const threads = useThreads()
    const attachment = { id: 'a1', kind: 'image', content_type: 'image/png', name: null, size: 1, state: 'pending' as const }
    const photo = message('m1', 1, { kind: 'image' })
    timeline.entries = [entry({ ...photo, content: { ...photo.content, attachments: [attachment] } })]
    await threads.open('t1')
    threads.applyLive(event('e1', 'attachment.stored', { data: { attachment_id: 'a1' } }), null, null)
    const shown = threads.threads.get('t1')!.entries[0]
    expect(shown?.type === 'message' && shown.message.content.attachments[0]?.state).toBe('stored')
  })

  it('takes the row of the socket into its detail', async () => {
    const threads = useThreads()
    await threads.open('t1')
    threads.applyLive(event('e1', 'ticket.claimed'), ticket('t1', { version: 2, assignee: { id: 'x', name: 'Nadia' } }), null)
    expect(threads.threads.get('t1')?.detail).toMatchObject({ version: 2, assignee: { name: 'Nadia' }, conversations: [{ id: 'conversation' }] })
  })
})

describe('the lines of a thread', () => {
  const day = (iso: string) => iso.slice(0, 10)
  const kinds = (lines: Line[]) => lines.map((line) => line.type)
  const draft: Draft = { clientId: 'c1', kind: 'reply', text: 'x', files: [], createdAt: '2026-11-24T08:00:00Z', state: 'queued', errorCode: null }

  it('begin each day, mark the new ones, and end with what is not sent yet', () => {
    const lines = toLines([entry(message('m1', 1)), entry(message('m2', 2))], [draft], day, 'm2')
    expect(kinds(lines)).toEqual(['day', 'message', 'unread', 'message', 'day', 'draft'])
  })

  it('join bubbles of one author within minutes', () => {
    const lines = toLines([entry(message('m1', 1)), entry(message('m2', 2)), entry(message('m9', 9))], [], day, null)
    expect(lines.flatMap((line) => (line.type === 'message' ? [line.follows] : []))).toEqual([false, true, false])
  })

  it('hide events that say nothing to people', () => {
    const entries: Entry[] = [
      { type: 'event', event: event('e1', 'message.updated') },
      { type: 'event', event: event('e2', 'ticket.claimed') },
    ]
    expect(kinds(toLines(entries, [], day, null))).toEqual(['day', 'event'])
  })

  it('never show a draft beside the message it has become', () => {
    const lines = toLines([entry(message('m1', 1, { client_id: 'c1' }))], [draft], day, null)
    expect(kinds(lines)).toEqual(['day', 'message'])
  })
})

describe('a ticket that is hidden from the agent', () => {
  it('leaves the lists and the screen', async () => {
    const tickets = useTickets()
    const threads = useThreads()
    tickets.applyLive(ticket('t1'))
    tickets.lists.set('all', { view: 'all', ids: ['t1'], nextCursor: null, status: 'ready', loadingMore: false })
    threads.threads.set('t1', { id: 't1', detail: detail('t1'), entries: [], hasMore: true, status: 'ready', loadingOlder: false, firstUnread: null })
    tickets.forget('t1')
    threads.forget('t1')
    expect([tickets.rows.has('t1'), tickets.lists.get('all')?.ids]).toEqual([false, []])
    expect([threads.threads.get('t1')?.detail, threads.threads.get('t1')?.status]).toEqual([null, 'missing'])
  })
})
