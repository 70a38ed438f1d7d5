/** Statuses, tags and fields as agents work with them. */
import axe from 'axe-core'
import { flushPromises, mount } from '@vue/test-utils'
import { createPinia, setActivePinia, type Pinia } from 'pinia'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { Component } from 'vue'
import { createMemoryHistory, createRouter } from 'vue-router'
import type { CustomField } from '@/api/ticketing'
import FieldBlock from '@/components/panel/FieldBlock.vue'
import TagEditor from '@/components/panel/TagEditor.vue'
import SolveDialog from '@/components/ticket/SolveDialog.vue'
import StatusChip from '@/components/ticket/StatusChip.vue'
import { moved } from '@/composables/useSettings'
import { useTicketActions } from '@/composables/useTicketActions'
import { i18n, loadWordsOf, setLanguage } from '@/i18n'
import { snoozePresets } from '@/lib/snooze'
import CategoriesPage from '@/pages/settings/CategoriesPage.vue'
import FieldsPage from '@/pages/settings/FieldsPage.vue'
import StatusesPage from '@/pages/settings/StatusesPage.vue'
import TagsPage from '@/pages/settings/TagsPage.vue'
import { useWords } from '@/lib/words'
import { ApiError } from '@/api/client'
import { useSession } from '@/stores/session'
import { useSolving } from '@/stores/solving'
import { useTicketing } from '@/stores/ticketing'
import { event, fakeServer, refusal, SESSION, ticket } from './fixtures'

const OFFSETS = [{ from: '2026-01-01T00:00:00Z', minutes: 60 }]
const NAMES = { ar: 'أمر', fr: 'Ordre', en: 'Order' }
const FIELD: CustomField = { key: 'order', subject: 'ticket', kind: 'text', names: NAMES, hints: null, options: [], required_to_solve: true, pattern: null, minimum: null, maximum: null, roles: [], position: 10, archived: false }
const CATEGORY = { code: 'W2', names: { ar: 'تسرب', fr: 'Fuite', en: 'Leak' }, restricted: false, priority: 2, team: null, group: 'water', visit: true, receipt: false, position: 1, active: true }
const settings = (fields: CustomField[] = []) => ({
  'GET /api/categories': () => ({ categories: [CATEGORY, { ...CATEGORY, code: 'W9', active: false }], groups: [{ key: 'water', names: { ar: 'الماء', fr: 'Eau', en: 'Water' }, position: 1 }] }),
  'GET /api/ticket_statuses': () => ({ statuses: [{ key: 'field_team', status: 'on_hold', names: { ar: 'الميدان', fr: 'Terrain', en: 'Field team' }, color: 'warning', position: 1, archived: false, tickets: 0 }] }),
  'GET /api/fields': () => ({ fields }),
  'GET /api/tags': () => ({ tags: [{ name: 'Presse', tickets: 2 }, { name: 'vip', tickets: 1 }] }),
})

let pinia: Pinia
const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/:rest(.*)*', component: { template: '<div />' } }] })
const show = (component: Component, props: object = {}) => mount(component, { props: props as never, global: { plugins: [pinia, i18n, router] }, attachTo: document.body })
/** Runs a composable where one belongs: in a component. */
function within<Result>(make: () => Result): Result {
  let made: Result
  show({ setup: () => ((made = make()), () => null) })
  return made!
}

beforeEach(async () => {
  localStorage.clear()
  document.body.innerHTML = ''
  pinia = createPinia()
  setActivePinia(pinia)
  useSession().current = structuredClone(SESSION)
  await setLanguage('en')
})

describe('the moments to snooze until', () => {
  const at = (iso: string) => Object.fromEntries(snoozePresets(Date.parse(iso), OFFSETS).map((preset) => [preset.name, preset.at]))

  it('are told by the clock of the company, whatever the browser says', () => {
    // A Tuesday, ten in the morning in Casablanca.
    expect(at('2026-11-24T09:00:00Z')).toEqual({ hour: '2026-11-24T10:00:00.000Z', evening: '2026-11-24T17:00:00.000Z', tomorrow: '2026-11-25T07:30:00.000Z', week: '2026-11-30T07:30:00.000Z' })
  })
  it('leave out an evening that has begun, and never name a Monday that is today', () => {
    expect(at('2026-11-23T17:30:00Z')).toEqual({ hour: '2026-11-23T18:30:00.000Z', tomorrow: '2026-11-24T07:30:00.000Z', week: '2026-11-30T07:30:00.000Z' })
  })
  it('know that after midnight it is another day', () => {
    expect(at('2026-11-23T23:30:00Z').tomorrow).toBe('2026-11-25T07:30:00.000Z')
  })
})

describe('solving', () => {
  function solving(fields: CustomField[] = []) {
    const solved = ticket('t1', { status: 'solved', version: 2 })
    const server = fakeServer({ ...settings(fields), 'PATCH /api/tickets/t1': () => solved })
    vi.stubGlobal('fetch', server.fetch)
    const sent = () => server.calls.filter((call) => call.key === 'PATCH /api/tickets/t1').map((call) => call.body)
    return { actions: within(useTicketActions), sent }
  }

  it('asks for a missing category and saves both at once', async () => {
    const { actions, sent } = solving()
    const done = actions.close(ticket('t1'))
    await flushPromises()
    show(SolveDialog)
    await flushPromises()
    const options = [...document.querySelectorAll('[role="option"]')]
    expect(options.map((option) => option.textContent)).toEqual([expect.stringContaining('Leak')])
    options[0]!.dispatchEvent(new MouseEvent('click', { bubbles: true }))
    await done
    expect(sent()).toEqual([{ version: 1, status: 'solved', category: 'W2' }])
  })

  it('asks nothing when everything is known', async () => {
    const { actions, sent } = solving([FIELD])
    await actions.close(ticket('t1', { category: CATEGORY, fields: { order: 'OT-1' } }))
    expect(useSolving().asking).toBeNull()
    expect(sent()).toEqual([{ version: 1, status: 'solved' }])
  })

  it('does nothing when the agent thinks better of it', async () => {
    const { actions, sent } = solving([FIELD])
    const done = actions.close(ticket('t1', { category: CATEGORY }))
    await flushPromises()
    expect(useSolving().asking?.fields).toEqual([FIELD])
    useSolving().asking?.answer(null)
    await done
    expect(sent()).toEqual([])
  })

  it('opens the next conversation only once this one is solved', async () => {
    const { actions } = solving()
    const open = vi.fn()
    useSolving().path = { next: () => 't2', open }
    await actions.close(ticket('t1', { category: CATEGORY }), { thenNext: true })
    expect(open).toHaveBeenCalledWith('t2')
    vi.stubGlobal('fetch', fakeServer({ ...settings(), 'PATCH /api/tickets/t1': () => refusal(409, 'changed_meanwhile') }).fetch)
    await actions.close(ticket('t1', { category: CATEGORY }), { thenNext: true })
    expect(open).toHaveBeenCalledTimes(1)
  })
})

describe('tags', () => {
  async function editor(tags: string[]) {
    vi.stubGlobal('fetch', fakeServer(settings()).fetch)
    await useTicketing().load()
    const shown = show(TagEditor, { tags, disabled: false })
    const write = async (words: string, key = 'Enter') => {
      await shown.get('input').setValue(words)
      await shown.get('input').trigger('keydown', { key })
    }
    return { shown, write, last: () => shown.emitted('change')?.at(-1) }
  }

  it('take the spelling there is, and make a new one only where there is none', async () => {
    const { write, last } = await editor([])
    await write('presse')
    expect(last()).toEqual([['Presse']])
    await write('  Rue   5 ')
    expect(last()).toEqual([['Rue 5']])
  })
  it('are not given twice', async () => {
    const { write, last } = await editor(['vip'])
    await write('VIP')
    expect(last()).toBeUndefined()
  })
  it('go with their button, the last one also with backspace in an empty field', async () => {
    const { shown, last } = await editor(['vip', 'Presse'])
    await shown.get('input').trigger('keydown', { key: 'Backspace' })
    expect(last()).toEqual([['vip']])
    await shown.get('button[aria-label="Remove the tag vip"]').trigger('click')
    expect(last()).toEqual([['Presse']])
  })
})

it('a field says beneath itself what is wrong, and is sent once per change', async () => {
  const save = vi.fn().mockRejectedValueOnce(new ApiError(422, 'field_invalid', '', { 'fields.order': 'pattern' })).mockResolvedValue(undefined)
  const block = show(FieldBlock, { fields: [FIELD], values: {}, disabled: false, save })
  const field = block.get('input')
  await field.trigger('blur')
  expect(save).not.toHaveBeenCalled()
  await field.setValue('x')
  await field.trigger('blur')
  await flushPromises()
  expect(block.get('[role="alert"]').text()).toBe('This does not have the expected form.')
  expect(field.attributes('aria-describedby')).toBe('field-order-problem')
  await field.setValue('OT-1')
  await field.trigger('blur')
  await flushPromises()
  expect(save).toHaveBeenLastCalledWith('order', 'OT-1')
  expect(block.find('[role="alert"]').exists()).toBe(false)
})

it('a status is told by its own name and a shape', () => {
  const chip = show(StatusChip, { ticket: ticket('t1', { status: 'on_hold', custom_status: { key: 'field_team', names: { ar: 'الميدان', fr: 'Terrain', en: 'Field team' }, color: 'warning' } }) })
  expect(chip.text()).toBe('Field team')
  expect(chip.find('svg[aria-hidden="true"]').exists()).toBe(true)
})

it('events of the timeline are sentences', async () => {
  vi.stubGlobal('fetch', fakeServer(settings([FIELD])).fetch)
  await useTicketing().load()
  const words = within(useWords)
  const said = (type: string, data: object) => words.event(event('e', type, { actor: 'agent', actor_name: 'Salma', data: data as Record<string, unknown> })).replace(/[\u2066-\u2069]/g, '')
  expect(said('ticket.status_changed', { from: 'open', to: 'on_hold', status_key: 'field_team', until: null })).toBe('Salma set the status to “Field team”')
  expect(said('ticket.status_changed', { from: 'open', to: 'snoozed', status_key: null, until: '2026-11-25T07:30:00Z' })).toBe('Salma snoozed it until 25 Nov 2026, 08:30')
  expect(said('ticket.tagged', { added: ['vip'], removed: [] })).toBe('Salma added vip')
  expect(said('ticket.tagged', { added: [], removed: ['a', 'b'] })).toBe('Salma removed a and b')
  expect(said('ticket.fields_changed', { changes: { order: null } })).toBe('Salma changed Order')
  expect(said('ticket.prioritised', { from: 3, to: 1 })).toBe('Salma set the priority to Urgent')
  expect(said('ticket.closed', { by: 'agent', from: 'open', reason: 'junk' })).toBe('Salma marked it as junk')
  expect(said('ticket.closed', { by: 'silence', from: 'solved', reason: null })).toBe('Closed by itself after a time of silence')
})

it('a record moves one place, and only those that change are saved', () => {
  const rows = [10, 20, 30].map((position) => ({ position }))
  expect(moved(rows, 2, -1).map(({ row, position }) => [row.position, position])).toEqual([[30, 20], [20, 30]])
})

describe('the settings of tickets', () => {
  const answers = { ...settings([FIELD]), 'GET /api/teams': () => ({ teams: [] }), 'GET /api/roles': () => ({ roles: [{ key: 'agent', names: { ar: 'عون', fr: 'Agent', en: 'Agent' } }] }) }
  async function open(page: Component, more: Parameters<typeof fakeServer>[0] = {}) {
    await Promise.all(['settings', 'statuses', 'tags', 'fields', 'categories'].map(loadWordsOf))
    const server = fakeServer({ ...answers, ...more })
    vi.stubGlobal('fetch', server.fetch)
    const shown = show(page)
    await flushPromises()
    return { shown, server }
  }
  const button = (words: string) => [...document.querySelectorAll('button')].find((one) => one.textContent?.trim() === words)!

  async function problems(element: Element) {
    const { violations } = await axe.run(element, { rules: { region: { enabled: false }, 'color-contrast': { enabled: false } } })
    return violations.filter((one) => ['serious', 'critical'].includes(one.impact ?? '')).map((one) => [one.id, one.nodes.map((node) => node.html)])
  }

  it.each([
    ['statuses', StatusesPage, 'New status'],
    ['tags', TagsPage, 'New tag'],
    ['fields', FieldsPage, 'New field'],
    ['categories', CategoriesPage, 'New category'],
  ] as const)('%s can be read and written with a screen reader', async (_, page, add) => {
    const { shown } = await open(page)
    expect(await problems(shown.element as Element)).toEqual([])
    button(add).click()
    await flushPromises()
    expect(await problems(document.querySelector('[role="dialog"]')!)).toEqual([])
  })

  it('say of each field what the desk says, and keep what was written', async () => {
    await open(FieldsPage, { 'POST /api/fields': () => refusal(422, 'field_setting_invalid', { pattern: 'pattern_invalid' }) })
    button('New field').click()
    await flushPromises()
    const write = async (field: HTMLInputElement, words: string) => {
      field.value = words
      field.dispatchEvent(new Event('input'))
      await flushPromises()
    }
    for (const field of document.querySelectorAll<HTMLInputElement>('[role="dialog"] fieldset:first-of-type input')) await write(field, 'Name')
    await write(document.querySelector<HTMLInputElement>('#field-pattern')!, '([')
    document.querySelector('[role="dialog"] form')!.dispatchEvent(new Event('submit', { cancelable: true }))
    await flushPromises()
    expect(document.querySelector('#field-pattern-problem')?.textContent).toContain('no regular expression')
    expect(document.querySelector<HTMLInputElement>('#field-pattern')!.value).toBe('([')
  })

  it('ask before they delete', async () => {
    const { server } = await open(TagsPage, { 'DELETE /api/tags/vip': () => null })
    document.querySelector<HTMLButtonElement>('button[aria-label="Delete: vip"]')!.click()
    await flushPromises()
    expect(server.calls.some((call) => call.key.startsWith('DELETE'))).toBe(false)
    button('Delete').click()
    await flushPromises()
    expect(server.calls.map((call) => call.key)).toContain('DELETE /api/tags/vip')
  })
})
