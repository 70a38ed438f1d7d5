import { describe, expect, it } from 'vitest'
import { toggled, valuesOf } from '@/composables/useFilterWords'
import { fromParameters, matches, toParameters, type Filter } from '@/lib/filters'
import { compare, fromAddress, toAddress } from '@/lib/order'
import { ticket } from './fixtures'

const me = { id: 'me-id', teams: ['team-1'] }
const team = (id: string) => ({ id, key: id, names: { ar: id, fr: id, en: id } })

describe('a filter', () => {
  it('goes into an address and comes back', () => {
    const filter: Filter = { status: ['active', 'solved'], priority: [1, 2], assignee: ['me'], unread: true, owner: 'agents', from: '2026-11-01T00:00:00Z' }
    expect(fromParameters(toParameters(filter))).toEqual(filter)
    expect(fromParameters({ q: 'x', priority: '9,x', message: 'm', status: '' })).toEqual({})
  })

  it.each<[Filter, Parameters<typeof ticket>[1], boolean | null]>([
    [{ status: ['active'] }, { status: 'solved' }, false],
    [{ status: ['active'] }, { status: 'snoozed' }, true],
    [{ assignee: ['me'] }, { assignee: { id: 'me-id', name: 'Me' } }, true],
    [{ assignee: ['none'] }, { assignee: null }, true],
    [{ assignee: ['none'] }, { assignee: { id: 'x', name: 'X' } }, false],
    [{ team: ['mine'] }, { team: team('team-1') }, true],
    [{ team: ['mine'] }, { team: team('team-2') }, false],
    [{ category: ['none'] }, { category: null }, true],
    [{ channel: ['email'] }, { channels: ['whatsapp', 'email'] }, true],
    [{ tag: ['vip'] }, { tags: [] }, false],
    [{ language: ['fr'] }, { contact: { id: 'c', name: null, language: null } }, false],
    [{ custom_status: ['x'] }, { custom_status: null }, false],
    [{ waiting: true }, { waiting_since: null }, false],
    [{ from: '2026-11-02T00:00:00Z' }, { last_message_at: '2026-11-01T00:00:00Z' }, false],
    [{ account: ['wa'] }, {}, null],
    [{ account: ['wa'], owner: 'assistant' }, { owner: 'agents' }, false],
  ])('%o with %o: %s', (filter, changes, expected) => {
    expect(matches(filter, ticket('t', changes), me)).toBe(expected)
  })

  it('takes a value in and out again', () => {
    const one = toggled({}, 'priority', '2', 0)
    expect(toggled(one, 'priority', '1', 0)).toEqual({ priority: [1, 2] })
    expect(toggled(one, 'priority', '2', 0)).toEqual({})
    expect(toggled({ unread: true }, 'unread', 'false', 0)).toEqual({ unread: false })
    expect(valuesOf({ unread: false }, 'unread')).toEqual(['false'])
    expect(toggled({}, 'since', 'day', Date.parse('2026-11-02T00:00:00Z'))).toEqual({ from: '2026-11-01T00:00:00.000Z' })
  })
})

describe('orders', () => {
  it('put what has no time last', () => {
    const rows = [ticket('none', { waiting_since: null }), ticket('late', { waiting_since: '2026-11-02T00:00:00Z' }), ticket('early', { waiting_since: '2026-11-01T00:00:00Z' })]
    expect(rows.sort((a, b) => compare('waiting', a, b)).map((row) => row.id)).toEqual(['early', 'late', 'none'])
  })
})

it('tells saved views from built-in ones in an address', () => {
  const id = '01a20a49-c517-7813-865b-1ec3255324de'
  expect([fromAddress(toAddress('mine')), fromAddress(toAddress(id)), toAddress(id)]).toEqual(['mine', id, `v${id}`])
})
