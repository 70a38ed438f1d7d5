/** The way in: what is asked, what is said when it fails, and where it leads. */
import axe from 'axe-core'
import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { createMemoryHistory, createRouter } from 'vue-router'
import PermissionMatrix from '@/components/people/PermissionMatrix.vue'
import { i18n, loadWordsOf, setLanguage } from '@/i18n'
import { weaknessOf } from '@/lib/passwords'
import { groups } from '@/lib/peopleWords'
import PasswordPage from '@/pages/PasswordPage.vue'
import SignIn from '@/pages/SignIn.vue'
import { useSession } from '@/stores/session'
import { SESSION as MINE } from './fixtures'

const SESSION = { ...MINE, agent: { ...MINE.agent, language: 'en' as const } }

type Answer = { status?: number; body?: object }
let answers: Record<string, Answer[]>
let asked: { method: string; path: string; body: Record<string, unknown> }[]
let pinia = createPinia()
const NONE = { template: '<div />' }
const OPTIONS = { oidc: null, password: true, mail: true, minimum_length: 12 }
const refused = (status: number, code: string, fields = {}) => ({ status, body: { type: `urn:${code}`, title: code, status, detail: code, code, fields } })

function router() {
  return createRouter({
    history: createMemoryHistory(),
    routes: [
      { path: '/login', name: 'login', component: NONE },
      { path: '/password', name: 'password', component: NONE },
      { path: '/:rest(.*)*', component: NONE },
    ],
  })
}

/** Catalogues of words are fetched when a language is chosen. */
async function settled(): Promise<void> {
  await flushPromises()
  await vi.dynamicImportSettled()
  await flushPromises()
}

async function open(page: object, at: string): Promise<VueWrapper & { where: () => string }> {
  const routes = router()
  await routes.push(at)
  const shown = mount(page, { global: { plugins: [pinia, i18n, routes] }, attachTo: document.body })
  await settled()
  return Object.assign(shown, { where: () => routes.currentRoute.value.fullPath }) as never
}

beforeEach(async () => {
  answers = { 'GET /api/session/options': [{ body: OPTIONS }] }
  asked = []
  vi.stubGlobal('fetch', async (path: string, request: RequestInit) => {
    const method = request.method ?? 'GET'
    asked.push({ method, path, body: request.body ? JSON.parse(String(request.body)) : {} })
    const next = answers[`${method} ${path}`]?.shift() ?? { body: OPTIONS }
    const status = next.status ?? 200
    return new Response(status === 204 ? null : JSON.stringify(next.body ?? {}), { status })
  })
  localStorage.clear()
  document.body.innerHTML = ''
  pinia = createPinia()
  setActivePinia(pinia)
  await setLanguage('en')
  await loadWordsOf('door')
  await loadWordsOf('people')
})

async function signIn(page: VueWrapper): Promise<void> {
  await page.get('#email').setValue('salma@desk.example')
  await page.get('#password').setValue('right horse')
  await page.get('form').trigger('submit')
  await settled()
}

describe('signing in', () => {
  it('leads where one wanted to go, and never to another site', async () => {
    answers['POST /api/session'] = [{ body: SESSION }, { body: SESSION }]
    const page = await open(SignIn, '/login?next=/tickets/all/1')
    await signIn(page)
    expect(page.where()).toBe('/tickets/all/1')
    useSession().leave()
    const smuggled = await open(SignIn, '/login?next=//evil.example')
    await signIn(smuggled)
    expect(smuggled.where()).toBe('/')
  })

  it('asks for the second step, and says when a code is wrong', async () => {
    answers['POST /api/session'] = [{ body: { second_factor: true, challenge: 'c-1', expires_at: '2026-11-24T10:00:00Z' } }]
    answers['POST /api/session/second_factor'] = [refused(401, 'bad_code'), { body: SESSION }]
    const page = await open(SignIn, '/login')
    await signIn(page)
    expect(useSession().current).toBeNull()
    expect(page.get('h1').text()).toBe('Second step')
    for (const code of ['000000', '123456']) {
      await page.get('#second-factor').setValue(code)
      await page.get('form').trigger('submit')
      await settled()
      if (code === '000000') expect(page.get('[role=alert]').text()).toContain('wrong')
    }
    expect(asked.at(-1)?.body).toEqual({ challenge: 'c-1', code: '123456' })
    expect(useSession().current?.agent.name).toBe(SESSION.agent.name)
  })

  it('begins again when the challenge has run out', async () => {
    answers['POST /api/session/second_factor'] = [refused(401, 'challenge_expired')]
    const page = await open(SignIn, '/login#challenge=of-a-provider')
    await page.get('#second-factor').setValue('123456')
    await page.get('form').trigger('submit')
    await settled()
    expect(page.find('#password').exists()).toBe(true)
    expect(page.get('[role=alert]').text()).toContain('too long')
  })

  it('has the second step set up before anything else where the role demands it', async () => {
    answers['POST /api/session'] = [{ body: { ...SESSION, permissions: [], second_factor_due: true } }]
    answers['GET /api/security'] = [{ body: { password: true, second_factor: null, second_factor_required: true, recovery_codes_left: 0, sessions: [], minimum_length: 12 } }]
    const page = await open(SignIn, '/login')
    await signIn(page)
    expect(page.where()).toBe('/login')
    expect(page.get('h1').text()).toBe('Protect your account')
  })

  it('offers the organisation’s own sign-in, and says in words why it failed', async () => {
    answers['GET /api/session/options'] = [{ body: { ...OPTIONS, oidc: { name: 'SRM' } } }]
    const page = await open(SignIn, '/login?problem=oidc_not_invited&next=/tickets/mine')
    expect(page.get('a[href^="/api/oidc/start"]').attributes('href')).toBe('/api/oidc/start?next=%2Ftickets%2Fmine')
    expect(page.get('[role=alert]').text()).toContain('no account')
    const unknown = await open(SignIn, '/login?problem=<script>')
    expect(unknown.find('[role=alert]').exists()).toBe(false)
  })

  it('is a page a screen reader can use, in three languages', async () => {
    for (const language of ['ar', 'fr', 'en'] as const) {
      await setLanguage(language)
      const page = await open(SignIn, '/login')
      const { violations } = await axe.run(page.element, { rules: { 'color-contrast': { enabled: false }, region: { enabled: false } } })
      expect(violations.map((one) => `${one.id}: ${one.nodes[0]?.html}`)).toEqual([])
      page.unmount()
    }
  })
})

describe('a link of a mail', () => {
  const link = { purpose: 'invitation', email: 'amina@desk.example', name: 'Amina', language: 'en' }

  it('takes a name and a password, and says what is wrong with one', async () => {
    answers['POST /api/password/links'] = [{ body: link }]
    answers['POST /api/password'] = [refused(422, 'password_weak', { password: 'common' }), { status: 204 }]
    const page = await open(PasswordPage, '/password#token=abc-DEF')
    expect(asked.find((one) => one.path === '/api/password/links')?.body).toEqual({ token: 'abc-DEF' })
    await page.get('#new-password').setValue('short')
    await page.get('form').trigger('submit')
    expect(page.get('[role=alert]').text()).toContain('12')
    expect(asked.some((one) => one.path === '/api/password')).toBe(false)
    for (const password of ['Password1234', 'bleu tracteur menthe']) {
      await page.get('#new-password').setValue(password)
      await page.get('form').trigger('submit')
      await settled()
      if (password === 'Password1234') expect(page.get('[role=alert]').text()).toContain('Too many people')
    }
    expect(asked.at(-1)?.body).toEqual({ token: 'abc-DEF', password: 'bleu tracteur menthe', name: 'Amina', language: 'en' })
    expect(page.where()).toBe('/login?saved=1')
  })

  it('says when it no longer works', async () => {
    answers['POST /api/password/links'] = [refused(404, 'link_unknown')]
    const page = await open(PasswordPage, '/password#token=abc')
    expect(page.get('h1').text()).toBe('This link no longer works')
  })
})

it('knows weak passwords before the server does', () => {
  expect(weaknessOf('elevenchars', 12)).toBe('too_short')
  expect(weaknessOf('قهوة بلا سكر', 12)).toBeNull()
  expect(weaknessOf('aaaabbbbaaaa', 12)).toBe('repetitive')
  expect(weaknessOf('x'.repeat(300), 12)).toBe('too_long')
})

it('lets nobody choose a permission he does not have', async () => {
  useSession().current = structuredClone(SESSION)
  groups.value = [
    {
      key: 'g',
      names: { ar: 'م', fr: 'G', en: 'G' },
      permissions: ['a:read', 'b:read'].map((key) => ({ key, names: { ar: key, fr: key, en: key }, explanations: { ar: 'x', fr: 'x', en: 'x' } })),
    },
  ]
  const matrix = mount(PermissionMatrix, { props: { own: ['a:read'], modelValue: ['b:read'] }, global: { plugins: [pinia, i18n] } })
  const boxes = matrix.findAll<HTMLInputElement>('input[type=checkbox]')
  expect(boxes.map((box) => box.element.disabled)).toEqual([false, true])
  await matrix.get('button').trigger('click')
  expect(matrix.emitted('update:modelValue')?.at(-1)).toEqual([['b:read', 'a:read']])
})
