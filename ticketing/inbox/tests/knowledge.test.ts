/** Articles, suggestions and outages as agents work with them. */
import axe from 'axe-core'
import { flushPromises, mount } from '@vue/test-utils'
import { createPinia, setActivePinia, type Pinia } from 'pinia'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { type Component } from 'vue'
import { createMemoryHistory, createRouter } from 'vue-router'
import type { Article, Translation } from '@/api/articles'
import ArticlePicker from '@/components/composer/ArticlePicker.vue'
import ReplyComposer from '@/components/composer/ReplyComposer.vue'
import OutageForm from '@/components/outages/OutageForm.vue'
import HandoverCard from '@/components/panel/HandoverCard.vue'
import ArticlePage from '@/pages/ArticlePage.vue'
import { i18n, loadWordsOf, setLanguage } from '@/i18n'
import { useDrafts } from '@/stores/drafts'
import { useSession } from '@/stores/session'
import { detail, fakeServer, refusal, SESSION } from './fixtures'

let pinia: Pinia
const page = { template: '<div />' }
const router = createRouter({
  history: createMemoryHistory(),
  routes: [
    { path: '/', name: 'home', component: page },
    { path: '/knowledge', name: 'knowledge', component: page },
    { path: '/knowledge/:id', name: 'article', component: page },
    { path: '/:view/:id?/:page?', name: 'inbox', component: page },
  ],
})

function show(component: Component, props: object = {}) {
  return mount(component, { props: props as never, global: { plugins: [pinia, i18n, router] }, attachTo: document.body })
}

function translation(changes: Partial<Translation> = {}): Translation {
  return {
    language: 'fr', title: 'Payer', slug: 'payer', status: 'published', stale: false, version: 3, updated_at: '2026-11-20T08:00:00Z', updated_by: 'Nadia',
    views: 4, helpful: 2, unhelpful: 0, url: '/help/fr/articles/payer', summary: 'Où payer.', body: 'Dans les agences.', source: '', html: '<p>Dans les agences.</p>', published_at: null,
    ...changes,
  }
}
function article(...translations: Translation[]): Article {
  return {
    id: 'a1', number: 12, category: 'payment', audience: 'public', source_language: 'fr', review_on: null, review_due: false, owner: null, version: 7, updated_at: '2026-11-20T08:00:00Z', translations,
  }
}
const LIST = { articles: [], next_cursor: null, categories: [{ key: 'payment', names: { ar: 'الأداء', fr: 'Paiement', en: 'Payment' } }] }

beforeEach(async () => {
  localStorage.clear()
  document.body.innerHTML = ''
  pinia = createPinia()
  setActivePinia(pinia)
  useSession().current = { ...structuredClone(SESSION), permissions: [...SESSION.permissions, 'article:read', 'article:write', 'outage:write'] }
  await setLanguage('en')
  await Promise.all(['knowledge', 'outages'].map(loadWordsOf))
})

describe('the article editor', () => {
  async function open(answers: Parameters<typeof fakeServer>[0]) {
    const server = fakeServer({ 'GET /api/articles': () => LIST, 'POST /api/articles/preview': () => ({ html: '<p>x</p>', minutes: 1 }), ...answers })
    vi.stubGlobal('fetch', server.fetch)
    await router.push('/knowledge/a1?language=fr')
    const editor = show(ArticlePage)
    await flushPromises()
    return { server, editor }
  }

  it('sends the version it was written on, and says who was faster', async () => {
    const { server, editor } = await open({
      'GET /api/articles/a1': () => article(translation()),
      'PATCH /api/articles/a1/translations/fr': () => refusal(409, 'article_changed', { by: 'Youssef' }),
    })
    await editor.get('#article-title').setValue('Payer sa facture')
    await editor.findAll('button').find((one) => one.text() === 'Save')!.trigger('click')
    await flushPromises()
    const sent = server.calls.find((call) => call.key.startsWith('PATCH'))!.body as Record<string, unknown>
    expect([sent.version, sent.title, sent.minor]).toEqual([3, 'Payer sa facture', false])
    expect(editor.get('[role=alert]').text()).toContain('Youssef')
    expect((editor.get('#article-title').element as HTMLInputElement).value).toBe('Payer sa facture')
  })

  it('warns of a stale translation and shows the original beside it', async () => {
    const { editor } = await open({ 'GET /api/articles/a1': () => article(translation(), translation({ language: 'ar', title: 'الأداء', stale: true, version: 2 })) })
    await editor.findAll('[role=group] button').find((one) => one.text().includes('العربية'))!.trigger('click')
    expect(editor.text()).toContain('The original has changed since this translation')
    await editor.findAll('[role=tab]').find((one) => one.text() === 'Original beside it')!.trigger('click')
    expect(editor.find('.article').html()).toContain('Dans les agences.')
    const { violations } = await axe.run(editor.element as Element, { rules: { 'color-contrast': { enabled: false }, region: { enabled: false } } })
    expect(violations.map((violation) => violation.id)).toEqual([])
  })

  it('asks before unsaved words are lost', async () => {
    const { editor } = await open({ 'GET /api/articles/a1': () => article(translation(), translation({ language: 'ar', title: 'الأداء' })) })
    await editor.get('#article-body').setValue('Autre texte')
    await editor.findAll('[role=group] button').find((one) => one.text().includes('العربية'))!.trigger('click')
    await flushPromises()
    expect(document.body.textContent).toContain('Leave without saving?')
    expect((editor.get('#article-body').element as HTMLTextAreaElement).value).toBe('Autre texte')
  })
})

describe('suggested replies', () => {
  const SUGGESTION = { id: 'article-1', kind: 'article', title: 'Payer', text: 'Dans les agences.', url: 'https://wasl.example/help/fr/12', language: 'fr' }

  it('go into the draft, are never sent by themselves, and are counted when they are', async () => {
    const server = fakeServer({
      'GET /api/tickets/t1/suggestions': () => ({ question: 'où payer', suggestions: [SUGGESTION] }),
      'POST /api/tickets/t1/suggestions/used': () => new Response(null, { status: 204 }),
      'POST /api/tickets/t1/reply': () => new Promise(() => {}),
    })
    vi.stubGlobal('fetch', server.fetch)
    const composer = show(ReplyComposer, { ticket: detail('t1') })
    await flushPromises()
    await composer.findAll('button').find((one) => one.text().includes('Payer'))!.trigger('click')
    expect(useDrafts().get('t1').reply).toBe('Dans les agences.\nhttps://wasl.example/help/fr/12')
    expect(server.calls.map((call) => call.key)).not.toContain('POST /api/tickets/t1/reply')
    await composer.get('textarea').setValue('Bonjour. Dans les agences.')
    await composer.get('form').trigger('submit')
    await flushPromises()
    expect(server.calls.find((call) => call.key.endsWith('/used'))!.body).toEqual({ suggestion: 'article-1', edited: true })
  })

  it('are no reason to fail: without them the agent writes as ever', async () => {
    vi.stubGlobal('fetch', fakeServer({ 'GET /api/tickets/t1/suggestions': () => refusal(503, 'unavailable') }).fetch)
    const composer = show(ReplyComposer, { ticket: detail('t1') })
    await flushPromises()
    expect(composer.find('textarea').exists()).toBe(true)
    expect(composer.text()).not.toContain('Suggestions')
  })
})

it('an article for agents only cannot be put into a reply, only into a note', async () => {
  const found = { article_id: 'a2', number: 3, language: 'fr', title: 'Interne', summary: 'Ne pas dire.', excerpt: '', audience: 'agents', url: null, updated_at: '2026-11-20T08:00:00Z', stale: false }
  vi.stubGlobal('fetch', fakeServer({ 'GET /api/articles/search': () => ({ results: [found] }) }).fetch)
  const picker = (isNote: boolean) => show(ArticlePicker, { language: 'fr', start: 'interne', isNote })
  const [reply, note] = [picker(false), picker(true)]
  await vi.waitFor(() => expect(note.text()).toContain('Interne'))
  expect(reply.text()).not.toContain('Insert the text')
  expect(note.text()).toContain('Insert the text')
})

it('the handover says what is known in the language of the agent', async () => {
  const handover = {
    reason: 'needs_person', summary: 'lma kaysil', summary_ar: 'تسرب ماء؛ الهاتف: +212677100002', summary_fr: 'Fuite d’eau', intent: 'nlu_fallback', language: 'ary-Latn', slots: {}, at: '2026-11-24T08:00:00Z',
    category: { code: 'W2', names: { ar: 'تسرب', fr: 'Fuite', en: 'Leak' }, restricted: false }, priority: 2, team: null,
    facts: [{ name: 'place', labels: { ar: 'المكان', fr: 'Lieu', en: 'Place' }, values: { ar: 'أزمور', fr: 'Azemmour', en: 'Azemmour' } }],
  }
  await setLanguage('ar')
  // A timer of an earlier test may have made its stores the current ones.
  useSession(pinia).language = 'ar'
  const card = show(HandoverCard, { handover, queue: { position: 1, team: null, people_there: 0 } })
  expect(card.text()).toContain('\u2066+212677100002\u2069')
  expect(card.text()).toContain('تسرب (W2)')
  expect(card.text()).toContain('أزمور')
  expect(card.text()).not.toContain('nlu_fallback')
})

it('an outage is not made known without a place', async () => {
  vi.stubGlobal('fetch', fakeServer({ 'GET /api/places': () => ({ places: [{ id: 'settat', kind: 'commune', names: { ar: 'سطات', fr: 'Settat' }, commune: 'settat', province: { ar: 'سطات', fr: 'Settat' } }] }) }).fetch)
  const form = show(OutageForm, { open: false, causes: ['unknown', 'cable'], busy: false })
  await form.setProps({ open: true })
  await flushPromises()
  const submit = () => [...document.querySelectorAll('button')].find((one) => one.textContent?.includes('Make it known'))!
  expect(submit().disabled).toBe(true)
  const field = document.querySelector<HTMLInputElement>('#outage-area')!
  field.value = 'Settat'
  field.dispatchEvent(new Event('input'))
  await flushPromises()
  expect(submit().disabled).toBe(false)
  submit().closest('form')!.dispatchEvent(new Event('submit', { cancelable: true }))
  await flushPromises()
  const [[outage]] = form.emitted('create') as [[{ areas: unknown; is_planned: boolean }]]
  expect([outage.areas, outage.is_planned]).toEqual([[{ place: 'settat' }], false])
})
