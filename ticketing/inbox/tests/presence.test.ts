/** Who is there, what is offered, and lengths of time as fields hold them. */
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, it } from 'vitest'
import type { OwnPresence } from '@/api/routing'
import type { DeskEvent } from '@/api/types'
import { isWhole, KEY, length, SKILL_KEY, toText } from '@/lib/queues'
import { usePresence } from '@/stores/presence'
import { useSession } from '@/stores/session'
import { ME, SESSION, ticket } from './fixtures'

const SINCE = '2026-11-23T09:00:00.000Z'
const OWN: OwnPresence = {
  presence: { agent_id: ME.id, name: ME.name, state: 'online', reason: null, since: SINCE },
  wanted: { state: 'online', reason: null },
  idle_after: 600,
  break_reasons: [],
  offers: [],
}
const event = (type: string, data: Record<string, unknown> = {}): DeskEvent => ({ id: 'event', type, ticket_id: 't1', actor: 'system', actor_name: null, data, at: SINCE })
const mine = ticket('t1', { assignee: { id: ME.id, name: ME.name } })
const pushed = event('ticket.assigned', { offer_until: '2026-11-23T09:03:00.000Z' })

beforeEach(() => {
  setActivePinia(createPinia())
  useSession().current = SESSION
})

it('follows what the socket says of me and of others', () => {
  const presence = usePresence()
  presence.own = OWN
  presence.applyLive({ agent_id: 'other', state: 'busy', reason: 'meeting', since: SINCE })
  expect(presence.states.other?.state).toBe('busy')
  expect(presence.state).toBe('online')
  presence.applyLive({ agent_id: ME.id, state: 'away', reason: 'idle', since: SINCE })
  expect(presence.state).toBe('away')
  expect(presence.own?.presence).toMatchObject({ name: ME.name, reason: 'idle' })
})

it('offers a ticket that was pushed to me, once', () => {
  const presence = usePresence()
  presence.applyEvent(pushed, mine)
  presence.applyEvent(pushed, mine)
  expect(presence.offers.map((offer) => [offer.ticket.id, offer.until])).toEqual([['t1', Date.parse('2026-11-23T09:03:00.000Z')]])
})

it('offers nothing that is not mine or was given by hand', () => {
  const presence = usePresence()
  presence.applyEvent(pushed, ticket('t1', { assignee: { id: 'other', name: 'Youssef' } }))
  presence.applyEvent(event('ticket.assigned', { agent: ME.name }), mine)
  expect(presence.offers).toEqual([])
})

it('forgets an offer that was taken back, kept elsewhere or given to somebody else', () => {
  const presence = usePresence()
  for (const [one, its] of [
    [event('ticket.bounced'), ticket('t1')],
    [event('ticket.accepted'), mine],
    [event('ticket.assigned'), ticket('t1', { assignee: { id: 'other', name: 'Youssef' } })],
  ] as const) {
    presence.applyEvent(pushed, mine)
    presence.applyEvent(one, its)
    expect(presence.offers, one.type).toEqual([])
  }
  presence.applyEvent(pushed, mine)
  presence.applyEvent(event('message.received'), mine)
  expect(presence.offers).toHaveLength(1)
})

it('keeps lengths of time as people write them', () => {
  expect([length('', 60), length('3', 60), length(7, 86_400)]).toEqual([null, 180, 604_800])
  expect([toText(null, 60), toText(180, 60), toText(604_800, 86_400)]).toEqual(['', '3', '7'])
  expect(['0', '12', 5, '', '-1', '1.5', 'x'].map(isWhole)).toEqual([true, true, true, false, false, false, false])
})

it('knows what a key may be', () => {
  expect(['billing', 'b-2_x', 'Billing', '2b', 'language:ar', ''].map((key) => KEY.test(key))).toEqual([true, true, false, false, false, false])
  expect(SKILL_KEY.test('language:ar')).toBe(true)
})
