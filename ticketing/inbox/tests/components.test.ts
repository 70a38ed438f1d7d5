/** The parts an agent touches most, mounted whole: what they show, what they send, and what a screen reader gets. */
import axe from 'axe-core'
import { mount } from '@vue/test-utils'
import { createPinia, setActivePinia, type Pinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { nextTick, type Component } from 'vue'
import { createMemoryHistory, createRouter } from 'vue-router'
import type { Message, TicketDetail } from '@/api/types'
import ReplyComposer from '@/components/composer/ReplyComposer.vue'
import TicketRow from '@/components/list/TicketRow.vue'
import CustomerPanel from '@/components/panel/CustomerPanel.vue'
import MessageBubble from '@/components/thread/MessageBubble.vue'
import OwnerBar from '@/components/thread/OwnerBar.vue'
import { i18n, setLanguage } from '@/i18n'
import { useDrafts } from '@/stores/drafts'
import { useOutbox } from '@/stores/outbox'
import { useSession } from '@/stores/session'
import { detail, event, message, SESSION, ticket } from './fixtures'

const PAST = '2020-01-01T00:00:00Z'
let pinia: Pinia
const router = createRouter({
  history: createMemoryHistory(),
  routes: [
    { path: '/contacts/:id', name: 'contact', component: { template: '<div />' } },{ path: '/:view/:id?/:page?', name: 'inbox', component: { template: '<div />' } }],
})

function show(component: Component, props: object) {
  return mount(component, { props: props as never, global: { plugins: [pinia, i18n, router] }, attachTo: document.body })
}

async function problemsOf(element: Element): Promise<string[]> {
  // Colours are computed in contrast.test.ts; a part of a page has no landmarks of its own.
  const { violations } = await axe.run(element, { rules: { 'color-contrast': { enabled: false }, region: { enabled: false } } })
  return violations.map((violation) => `${violation.id}: ${violation.nodes[0]?.html}`)
}

beforeEach(async () => {
  vi.stubGlobal('fetch', async () => new Promise(() => {}))
  localStorage.clear()
  document.body.innerHTML = ''
  pinia = createPinia()
  setActivePinia(pinia)
  useSession().current = structuredClone(SESSION)
  await setLanguage('en')
  await router.push('/mine')
})
afterEach(() => useOutbox().clear())

describe('the composer', () => {
  const twoWays = (): TicketDetail => {
    const ticket = detail('t1')
    const whatsapp = { ...ticket.conversations[0]!, window_expires_at: PAST }
    return { ...ticket, conversations: [whatsapp, { ...whatsapp, id: 'web', channel: 'webchat', window_expires_at: null }] }
  }

  it('sends on Enter, starts a line on Shift + Enter, and leaves Enter to input methods', async () => {
    const composer = show(ReplyComposer, { ticket: detail('t1') })
    const field = composer.get('textarea')
    await field.setValue('  bonjour  ')
    await field.trigger('keydown', { key: 'Enter', shiftKey: true })
    await field.trigger('keydown', { key: 'Enter', isComposing: true })
    expect(useOutbox().items.size).toBe(0)
    await field.trigger('keydown', { key: 'Enter' })
    expect([...useOutbox().items.values()]).toMatchObject([{ kind: 'reply', text: 'bonjour', conversationId: 'conversation' }])
    expect(field.element.value).toBe('')
  })

  it('does not send nothing, nor more than the channel takes', async () => {
    const composer = show(ReplyComposer, { ticket: detail('t1') })
    const field = composer.get('textarea')
    await field.setValue('   ')
    await field.trigger('keydown', { key: 'Enter' })
    await field.setValue('x'.repeat(102))
    await field.trigger('keydown', { key: 'Enter' })
    expect(useOutbox().items.size).toBe(0)
    expect(composer.get('[role=alert]').text()).toBe('2 characters too many')
  })

  it('keeps the words of each ticket, of reply and note apart', async () => {
    const composer = show(ReplyComposer, { ticket: detail('t1') })
    await composer.get('textarea').setValue('to the customer')
    ;(composer.vm as unknown as { write: (mode: 'note') => void }).write('note')
    await nextTick()
    expect(composer.get('textarea').element.value).toBe('')
    await composer.get('textarea').setValue('to colleagues')
    expect(useDrafts().get('t1')).toEqual({ mode: 'note', reply: 'to the customer', note: 'to colleagues' })
    expect(useDrafts().has('t2')).toBe(false)
  })

  it('explains a closed window and offers the other channel', async () => {
    const composer = show(ReplyComposer, { ticket: twoWays() })
    expect(composer.find('textarea').exists()).toBe(false)
    expect(composer.text()).toContain('The reply window closed on 1 Jan 2020')
    await composer.findAll('button').find((button) => button.text() === 'Write through Web chat')!.trigger('click')
    await composer.get('textarea').setValue('hello')
    await composer.get('form').trigger('submit')
    expect([...useOutbox().items.values()]).toMatchObject([{ conversationId: 'web' }])
  })

  it('takes only notes for a closed ticket', () => {
    const composer = show(ReplyComposer, { ticket: detail('t1', { status: 'closed' }) })
    expect(composer.findAll('[role=tab]').map((tab) => tab.text())).toEqual(['Note'])
    expect(composer.get('textarea').attributes('aria-label')).toBe('Private note')
  })
})

describe('a bubble', () => {
  const bubble = (changes: Partial<Message>) => show(MessageBubble, { message: message('m1', 1, changes), quoted: null, follows: false })
  const content = (changes: Partial<Message['content']>) => ({ ...message('m1', 1).content, text: '', ...changes })

  it('says why a message failed and offers to send it again', () => {
    const shown = bubble({ direction: 'outbound', author: 'agent', state: 'failed', failure: { reason: 'recipient_unreachable', detail: '131026' } })
    expect(shown.text()).toContain('cannot be reached on this channel')
    expect(shown.get('button').text()).toBe('Send again')
  })

  it('never hides an unknown kind', () => {
    const shown = bubble({ kind: 'unsupported', content: content({ extra: { type: 'poll' } }) })
    expect(shown.text()).toContain('cannot be shown here (poll)')
    expect(shown.get('pre').text()).toContain('"type": "poll"')
  })

  it('shows what people wrote as text, whatever it contains', () => {
    const shown = bubble({ content: content({ text: '<img src=x onerror=alert(1)> مرحبا' }) })
    expect(shown.find('img').exists()).toBe(false)
    expect(shown.get('.written').attributes('dir')).toBe('auto')
  })

  it.each<Partial<Message>>([
    { content: content({ location: { latitude: 32.6, longitude: -8.7, name: null, address: null } }), kind: 'location' },
    { content: content({ attachments: [{ id: 'a', kind: 'image', content_type: 'image/png', name: null, size: 3, state: 'stored' }] }), kind: 'image' },
    { content: content({ attachments: [{ id: 'a', kind: 'audio', content_type: 'audio/ogg', name: null, size: 3, state: 'stored' }] }), kind: 'audio' },
    { content: content({ text: 'choose', choices: [{ id: '1', title: 'Bill', description: null }] }), direction: 'outbound', author: 'assistant', state: 'read' },
    { direction: 'note', author: 'agent', author_name: 'Salma' },
  ])('is accessible: %o', async (changes) => {
    expect(await problemsOf(bubble(changes).element)).toEqual([])
  })
})

describe('accessibility', () => {
  const actions = { busy: { value: null } }

  it.each(['ar', 'fr', 'en'] as const)('of row, owner bar, composer and panel in %s', async (language) => {
    await useSession().showLanguage(language)
    const ticketDetail = detail('t1', {
      unread: 2,
      number: '100234',
      handover: { reason: 'asked', summary: 'x', summary_ar: null, summary_fr: 'Demande une personne.', intent: 'bill_amount', language: 'ar', slots: { commune: 'Zemamra' }, at: PAST, category: null, priority: 2, team: null, facts: [] },
    })
    const entries = [{ type: 'event', event: event('e1', 'verification.passed', { data: { contract: '4410' } }) }]
    const parts = [
      show(TicketRow, { ticket: ticket('t1', { unread: 2, priority: 1, waiting_since: PAST }), view: 'all', isSelected: true }),
      show(OwnerBar, { ticket: ticketDetail, actions }),
      show(ReplyComposer, { ticket: ticketDetail }),
      show(CustomerPanel, { ticket: ticketDetail, entries, view: 'all', isPage: false }),
    ]
    for (const part of parts) expect(await problemsOf(part.element)).toEqual([])
    expect(parts[3]!.text()).toContain('4410')
  })
})
