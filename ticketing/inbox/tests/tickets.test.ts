import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { Ticket } from '@/api/types'
import { holdOrder } from '@/composables/useSteadyOrder'
import { belongsTo, compare } from '@/lib/order'
import { useSession } from '@/stores/session'
import { useTickets } from '@/stores/tickets'
import { fakeServer, ME, SESSION, ticket } from './fixtures'

const me = { id: ME.id, name: ME.name }
let page: { tickets: Ticket[]; next_cursor: string | null }
let beforeAnswer: () => void

beforeEach(() => {
  setActivePinia(createPinia())
  useSession().current = structuredClone(SESSION)
  page = { tickets: [], next_cursor: null }
  beforeAnswer = () => {}
  const server = fakeServer({
    'GET /api/tickets': () => {
      const answer = structuredClone(page)
      beforeAnswer()
      return answer
    },
  })
  vi.stubGlobal('fetch', server.fetch)
})

describe('views', () => {
  it.each([
    [{}, ['unassigned', 'all']],
    [{ assignee: me }, ['mine', 'all']],
    [{ assignee: { id: 'other', name: 'Nadia' } }, ['all']],
    [{ owner: 'assistant' as const }, ['assistant', 'all']],
    [{ status: 'closed' as const, assignee: me }, ['closed']],
  ])('place %o', (changes, expected) => {
    const views = ['mine', 'unassigned', 'assistant', 'all', 'closed'] as const
    expect(views.filter((view) => belongsTo(view, ticket('t', changes), ME.id))).toEqual(expected)
  })

  it('put urgent first in the queue, then who waits longest', () => {
    const rows = [
      ticket('late', { waiting_since: '2026-11-23T09:00:00Z' }),
      ticket('early', { waiting_since: '2026-11-23T08:00:00Z' }),
      ticket('urgent', { priority: 1, waiting_since: '2026-11-23T10:00:00Z' }),
    ]
    expect(rows.sort((a, b) => compare('priority', a, b)).map((row) => row.id)).toEqual(['urgent', 'early', 'late'])
  })
})

describe('the ticket lists', () => {
  it('follow a ticket from view to view', async () => {
    const tickets = useTickets()
    page.tickets = [ticket('t1')]
    await tickets.load('unassigned')
    page.tickets = []
    await tickets.load('mine')
    tickets.applyLive(ticket('t1', { assignee: me, version: 2 }))
    expect(tickets.get('unassigned')?.ids).toEqual([])
    expect(tickets.get('mine')?.ids).toEqual(['t1'])
  })

  it('do not let an answer undo what the socket said while it was on its way', async () => {
    const tickets = useTickets()
    page.tickets = [ticket('t1', { unread: 0 })]
    beforeAnswer = () => {
      tickets.applyLive(ticket('t1', { unread: 4 }))
      tickets.applyLive(ticket('t2'))
    }
    await tickets.load('unassigned')
    expect(tickets.rows.get('t1')?.unread).toBe(4)
    expect(tickets.get('unassigned')?.ids.sort()).toEqual(['t1', 't2'])
  })

  it('take a newer version from an answer, not an older one', () => {
    const tickets = useTickets()
    tickets.applyLive(ticket('t1', { version: 3 }))
    tickets.applyAnswer(ticket('t1', { version: 2, assignee: me }))
    expect(tickets.rows.get('t1')?.assignee).toBeNull()
    tickets.applyAnswer(ticket('t1', { version: 4, assignee: me }))
    expect(tickets.rows.get('t1')?.assignee).toEqual(me)
  })

  it('leave rows beyond the pages read so far to their page', async () => {
    const tickets = useTickets()
    page = { tickets: [ticket('t1', { last_message_at: '2026-11-23T09:00:00Z' })], next_cursor: 'more' }
    await tickets.load('all')
    tickets.applyLive(ticket('old', { last_message_at: '2026-11-01T09:00:00Z' }))
    tickets.applyLive(ticket('new', { last_message_at: '2026-11-24T09:00:00Z' }))
    expect(tickets.sorted(tickets.get('all')!)).toEqual(['new', 't1'])
  })

  it('keep what a search found in the order of the server', async () => {
    const tickets = useTickets()
    page.tickets = [ticket('b', { last_message_at: '2026-11-01T09:00:00Z' }), ticket('a')]
    await tickets.load('all', { q: 'fatima' })
    tickets.applyLive(ticket('c'))
    expect(tickets.sorted(tickets.get('all', { q: 'fatima' })!)).toEqual(['b', 'a'])
  })

  it('count the own conversations with something unread', () => {
    const tickets = useTickets()
    tickets.applyLive(ticket('t1', { assignee: me, unread: 2 }))
    tickets.applyLive(ticket('t2', { unread: 2 }))
    expect(tickets.unreadOfMine).toBe(1)
  })
})

describe('a held list', () => {
  it('keeps its rows, lets new ones wait above and appends what comes below', () => {
    expect(holdOrder(['a', 'b'], ['new', 'b', 'a', 'next page'])).toEqual({ shown: ['a', 'b', 'next page'], waiting: ['new'] })
  })

  it('keeps a row that has left the view until it is let go', () => {
    expect(holdOrder(['a', 'gone', 'b'], ['a', 'b'])).toEqual({ shown: ['a', 'gone', 'b'], waiting: [] })
  })
})
