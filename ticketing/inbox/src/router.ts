/** The address holds what is on the screen: view, ticket, search. Back always works. */
import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'
import { hasWords, loadWordsOf } from '@/i18n'
import { BUILT_IN, SAVED_VIEW } from '@/lib/order'
import { loaderOf, SETTINGS } from '@/lib/settings'
import { useSession } from '@/stores/session'

/** The views on the rail; the others stand behind the list's name. */
export const VIEWS = ['mine', 'unassigned', 'assistant', 'all'] as const

const settingsRoutes: RouteRecordRaw[] = SETTINGS.flatMap((group) => group.pages).map((page) => ({
  path: page.path,
  name: page.name,
  component: loaderOf(page),
  meta: { needs: page.needs, ...(hasWords(page.words ?? page.name) ? { words: page.words ?? page.name } : {}) },
}))

export const router = createRouter({
  history: createWebHistory('/'),
  routes: [
    { path: '/login', name: 'login', component: () => import('@/pages/SignIn.vue'), meta: { open: true, words: 'door' } },
    { path: '/password', name: 'password', component: () => import('@/pages/PasswordPage.vue'), meta: { open: true, words: 'door' } },
    {
      path: '/',
      component: () => import('@/pages/DeskShell.vue'),
      children: [
        { path: '', redirect: { name: 'inbox', params: { view: 'mine' } } },
        {
          path: `tickets/:view(${[...Object.keys(BUILT_IN), SAVED_VIEW].join('|')})/:id?/:page(customer)?`,
          name: 'inbox',
          component: () => import('@/pages/InboxPage.vue'),
          meta: { words: 'search' },
        },
        {
          path: 'search',
          name: 'search',
          component: () => import('@/pages/SearchPage.vue'),
          meta: { needs: 'ticket:read', words: 'search' },
        },
        {
          path: 'settings',
          component: () => import('@/pages/SettingsShell.vue'),
          meta: { words: 'settings' },
          children: [{ path: '', name: 'settings', component: { render: () => null } }, ...settingsRoutes],
        },
        {
          path: 'contacts',
          name: 'contacts',
          component: () => import('@/pages/ContactsPage.vue'),
          meta: { needs: 'ticket:read', words: 'contacts' },
        },
        {
          path: 'contacts/:id',
          name: 'contact',
          component: () => import('@/pages/ContactPage.vue'),
          meta: { needs: 'ticket:read', words: 'contacts' },
        },
        {
          path: 'knowledge',
          name: 'knowledge',
          component: () => import('@/pages/KnowledgePage.vue'),
          meta: { needs: 'article:read', words: 'knowledge' },
        },
        {
          path: 'knowledge/:id',
          name: 'article',
          component: () => import('@/pages/ArticlePage.vue'),
          meta: { needs: 'article:read', words: 'knowledge' },
        },
        {
          path: 'network',
          name: 'network',
          component: () => import('@/pages/NetworkPage.vue'),
          meta: { needs: 'network:read', words: 'network' },
        },
        {
          path: 'outages',
          name: 'outages',
          component: () => import('@/pages/OutagesPage.vue'),
          meta: { needs: 'outage:read', words: 'outages' },
        },
        {
          path: 'supervisor',
          name: 'supervisor',
          component: () => import('@/pages/SupervisorPage.vue'),
          meta: { needs: 'supervisor:read', words: 'supervisor' },
        },
        {
          path: 'learning',
          name: 'learning',
          component: () => import('@/pages/LearningPage.vue'),
          meta: { needs: 'learning:read', words: 'learning' },
        },
        // A link to a ticket that names no view.
        { path: 'tickets/:id', redirect: (to) => ({ name: 'inbox', params: { view: 'all', id: to.params.id } }) },
        { path: ':rest(.*)*', redirect: { name: 'inbox', params: { view: 'mine' } } },
      ],
    },
  ],
})

router.beforeEach(async (to) => {
  const session = useSession()
  if (!session.current && !session.hasExpired && to.name !== 'login') {
    await session.restore().catch(() => false)
  }
  if (to.meta.open) {
    // A link of a mail works whoever is signed in; sign-in is for nobody, or for whoever has a second factor to set up.
    if (to.name === 'login' && session.current && !session.current.second_factor_due) return { path: '/' }
    await loadWordsOf('door')
    return true
  }
  if (!session.current || session.current.second_factor_due) return { name: 'login', query: to.fullPath === '/' ? {} : { next: to.fullPath } }
  const needs = [to.meta.needs ?? []].flat() as string[]
  if (needs.length > 0 && !needs.some(session.can)) return { path: '/' }
  // A page inside another has its own words beside the other's.
  const subjects = to.matched.flatMap((record) => (typeof record.meta.words === 'string' ? [record.meta.words] : []))
  await Promise.all([...new Set(subjects)].map(loadWordsOf))
  return true
})
