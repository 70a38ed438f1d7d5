/** The customer's own parts of the panel: each loads, fails and is empty by itself, and what a click writes. */
import axe from 'axe-core'
import { flushPromises, mount } from '@vue/test-utils'
import { createPinia, setActivePinia, type Pinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Component } from 'vue'
import type { Contract, Zone } from '@/api/customer'
import ConsentsBlock from '@/components/panel/ConsentsBlock.vue'
import ContactHeading from '@/components/panel/ContactHeading.vue'
import ContractsBlock from '@/components/panel/ContractsBlock.vue'
import NotesBlock from '@/components/panel/NotesBlock.vue'
import PlacesBlock from '@/components/panel/PlacesBlock.vue'
import { i18n, loadWordsOf, setLanguage } from '@/i18n'
import { useSession } from '@/stores/session'
import { detail, fakeServer, ME, refusal, SESSION } from './fixtures'

const LATER = '2999-01-01T00:00:00Z'
const PAST = '2020-01-01T00:00:00Z'
let pinia: Pinia

const contract = (reference: string, changes: Partial<Contract> = {}): Contract => ({
  id: reference, reference, service: 'electricity', holder: 'F••• B•••', commune: { ar: 'الزمامرة', fr: 'Zemamra' }, zone: 'rural', status: 'active', verification: null, link: null,
  billing: { state: 'ok', last_bill: { period: '2026-10-01', amount_centimes: 11586, due_on: '2026-11-25', is_paid: false, paid_at: null }, balance: { amount_centimes: 11586, unpaid_bills: 1, due_on: '2026-11-25' } },
  ...changes,
})
const sentences = { ar: 'ع', 'ary-Arab': 'د', 'ary-Latn': 'D', fr: 'F', en: 'E' }
const zone: Zone = {
  commune_id: 'zemamra', names: { ar: 'الزمامرة', fr: 'Zemamra' }, source: 'contract',
  outages: [{ id: 'o', service: 'water', is_planned: false, phase: 'running', surely: false, names: { ar: 'حي', fr: 'Hay' }, starts_at: PAST, estimated_at: LATER, sentences }],
  next_stop: { names: { ar: 'سوق', fr: 'Souk' }, starts_at: LATER, ends_at: LATER, van: 'V1', moved: true, sentences: { ...sentences, 'ary-Latn': 'Stop' } },
}

function show(component: Component, props: object = {}) {
  return mount(component, { props: { contactId: 'c1', changes: 0, language: 'ary-Latn', channels: ['whatsapp'], ...props } as never, global: { plugins: [pinia, i18n] }, attachTo: document.body })
}
function server(answers: Record<string, (body: never) => unknown>) {
  vi.stubGlobal('fetch', fakeServer(answers).fetch)
}

beforeEach(async () => {
  localStorage.clear()
  document.body.innerHTML = ''
  pinia = createPinia()
  setActivePinia(pinia)
  const session = structuredClone(SESSION)
  useSession().current = { ...session, permissions: [...session.permissions, 'contract:read', 'contract:write', 'ticket:reply'] }
  await setLanguage('en')
  await loadWordsOf('customer')
})
afterEach(() => vi.unstubAllGlobals())

describe.each([
  ['contracts', ContractsBlock, { contracts: [], by_phone: 'ok' }, 'No contract is known'],
  ['places', PlacesBlock, { zones: [] }, 'No place is known yet'],
  ['notes', NotesBlock, { notes: [] }, 'None yet'],
] as const)('the block of %s', (path, component, empty, words) => {
  it('shows a sketch, then that there is nothing', async () => {
    vi.stubGlobal('fetch', async () => new Promise(() => {}))
    const waiting = show(component)
    expect(waiting.find('[data-sketch]').exists()).toBe(true)
    expect(waiting.find('[aria-busy=true]').exists()).toBe(true)
    server({ [`GET /api/contacts/c1/${path}`]: () => empty })
    const block = show(component)
    await flushPromises()
    expect(block.text()).toContain(words)
    expect(block.find('[data-sketch]').exists()).toBe(false)
  })

  it('says that it is unavailable, tries again, and keeps what it has when a later look fails', async () => {
    let works = false
    server({ [`GET /api/contacts/c1/${path}`]: () => (works ? empty : refusal(503, 'busy')) })
    const block = show(component)
    await flushPromises()
    expect(block.text()).toContain('Unavailable at the moment')
    works = true
    await block.get('button').trigger('click')
    await flushPromises()
    expect(block.text()).toContain(words)
    works = false
    await block.setProps({ changes: 1 } as never)
    await flushPromises()
    expect(block.text()).toContain(words)
  })
})

describe('contracts', () => {
  it('tell how sure we are, and hide only the bill that cannot be had', async () => {
    const until = { how: 'code' as const, at: PAST, until: LATER, valid: true }
    const away = { state: 'unavailable' as const, last_bill: null, balance: null }
    server({ 'GET /api/contacts/c1/contracts': () => ({ by_phone: 'unavailable', contracts: [contract('111', { verification: until, holder: 'Fatima' }), contract('222', { billing: away }), contract('333')] }) })
    const block = show(ContractsBlock)
    await flushPromises()
    const cards = block.findAll('article')
    expect(cards).toHaveLength(2)
    expect(cards[0]!.text()).toMatch(/111.*Verified.*Fatima.*115\.86/s)
    expect(cards[0]!.text()).not.toContain('Tell no amount')
    expect(cards[1]!.text()).toMatch(/222.*Not verified.*The bill is unavailable/s)
    expect(block.text()).toContain('contracts of this telephone may be missing')
    await block.findAll('button').at(-1)!.trigger('click')
    expect(block.findAll('article')[2]!.text()).toContain('Tell no amount before')
  })

  it('do not count as verified once the time is over', async () => {
    const lapsed = { how: 'code' as const, at: PAST, until: PAST, valid: true }
    server({ 'GET /api/contacts/c1/contracts': () => ({ by_phone: 'ok', contracts: [contract('111', { verification: lapsed })] }) })
    const block = show(ContractsBlock)
    await flushPromises()
    expect(block.get('article').text()).toContain('Not verified')
  })

  it('are linked with a reason, and an unknown reference is said beside its field', async () => {
    const asked: unknown[] = []
    server({
      'GET /api/contacts/c1/contracts': () => ({ by_phone: 'ok', contracts: [] }),
      'POST /api/contacts/c1/contracts': (body) => (asked.push(body), refusal(422, 'contract_unknown')),
    })
    const block = show(ContractsBlock)
    await flushPromises()
    await block.get('button').trigger('click')
    const form = () => document.querySelector('form')!
    form().dispatchEvent(new Event('submit'))
    await flushPromises()
    expect(asked).toEqual([])
    const write = (selector: string, words: string) => {
      const field = form().querySelector<HTMLInputElement>(selector)!
      field.value = words
      field.dispatchEvent(new Event('input'))
    }
    write('input', ' 20-41 ')
    write('textarea', 'on the bill')
    form().dispatchEvent(new Event('submit'))
    await flushPromises()
    expect(asked).toEqual([{ reference: '20-41', reason: 'on the bill' }])
    expect(form().querySelector('[role=alert]')!.textContent).toBe('There is no contract with this reference.')
  })
})

it('what happens where he lives is told in his own language, and not where nobody can write', async () => {
  server({ 'GET /api/contacts/c1/places': () => ({ zones: [zone] }) })
  const block = show(PlacesBlock)
  await flushPromises()
  expect(block.text()).toContain('In these quarters')
  for (const button of block.findAll('button')) await button.trigger('click')
  expect(block.emitted('say')).toEqual([['D'], ['Stop']])
  const silent = show(PlacesBlock, { language: null })
  await flushPromises()
  expect(silent.findAll('button')).toHaveLength(0)
})

it('a consent says on which channel and how we know', async () => {
  const said: unknown[] = []
  const nothing = { purpose: 'campaigns', channel: null, state: null, source: null, at: null, agent: null }
  server({
    'GET /api/contacts/c1/consents': () => ({ consents: [nothing] }),
    'PUT /api/contacts/c1/consents': (body) => (said.push(body), { consents: [{ ...nothing, state: 'refused', source: 'message', at: PAST }] }),
  })
  const block = show(ConsentsBlock)
  await flushPromises()
  expect(block.text()).toContain('Nothing said')
  await block.get('button').trigger('click')
  await flushPromises()
  const refuse = [...document.querySelectorAll('button')].find((one) => one.textContent?.trim() === 'Refuses')!
  refuse.click()
  await flushPromises()
  expect(said).toEqual([{ purpose: 'campaigns', channel: null, state: 'refused', source: 'message' }])
  expect(block.text()).toContain('Refused')
})

it('notes: three are shown, one changes one’s own, and another’s is not mine to delete', async () => {
  const note = (id: string, agent: object) => ({ id, text: `Note ${id}`, agent, created_at: PAST, changed_at: null })
  const notes = [note('1', ME), note('2', { id: 'other', name: 'Karim' }), note('3', ME), note('4', ME)]
  const written: unknown[] = []
  server({ 'GET /api/contacts/c1/notes': () => ({ notes }), 'PATCH /api/contact_notes/1': (body) => (written.push(body), notes[0]) })
  const block = show(NotesBlock)
  await flushPromises()
  const items = block.findAll('li')
  expect(items).toHaveLength(3)
  expect(items[1]!.findAll('button')).toHaveLength(0)
  await items[0]!.get('button').trigger('click')
  await block.get('textarea').setValue(' Better ')
  await block.get('form').trigger('submit')
  await flushPromises()
  expect(written).toEqual([{ text: 'Better' }])
})

it('the name is changed in its place, and can be emptied', async () => {
  const sent: unknown[] = []
  const ticket = detail('t1')
  server({ [`PATCH /api/contacts/${ticket.contact.id}`]: (body) => (sent.push(body), { name: null, language: 'fr' }) })
  const heading = show(ContactHeading, { ticket })
  await heading.get('button').trigger('click')
  await heading.get('input').setValue('  ')
  await heading.get('select').setValue('ary-Latn')
  await heading.get('form').trigger('submit')
  await flushPromises()
  expect(sent).toEqual([{ name: null, language: 'ary-Latn' }])
})

it.each(['ar', 'fr', 'en'] as const)('has no accessibility problem in %s', async (language) => {
  await useSession().showLanguage(language)
  server({
    'GET /api/contacts/c1/contracts': () => ({ by_phone: 'ok', contracts: [contract('111', { link: { agent: ME, at: PAST, reason: 'x' } })] }),
    'GET /api/contacts/c1/places': () => ({ zones: [zone] }),
    'GET /api/contacts/c1/notes': () => ({ notes: [{ id: '1', text: 'x', agent: ME, created_at: PAST, changed_at: PAST }] }),
  })
  for (const component of [ContractsBlock, PlacesBlock, NotesBlock]) {
    const block = show(component)
    await flushPromises()
    const { violations } = await axe.run(block.element, { rules: { 'color-contrast': { enabled: false }, region: { enabled: false } } })
    expect(violations.map((one) => `${one.id}: ${one.nodes[0]?.html}`)).toEqual([])
  }
})
