/** The commands of every page: where one can go, and how the desk looks. */
import { Languages, Search, SunMoon } from '@lucide/vue'
import { useRouter } from 'vue-router'
import { LANGUAGES, OWN_NAMES } from '@/i18n'
import { pagesFor } from '@/lib/pages'
import { settingsFor } from '@/lib/settings'
import { useWords } from '@/lib/words'
import { BUILT_IN } from '@/lib/order'
import { useCommands, type Command } from '@/stores/commands'
import { useNotices } from '@/stores/notices'
import { usePreferences, type Theme } from '@/stores/preferences'
import { useSession } from '@/stores/session'

const THEMES: Theme[] = ['system', 'light', 'dark']

export function useDeskCommands(): void {
  const { t, te, error } = useWords()
  const router = useRouter()
  const session = useSession()
  const preferences = usePreferences()
  const notices = useNotices()

  function places(): Command[] {
    const views = Object.keys(BUILT_IN).map((view): Command => ({
      id: `view:${view}`, group: 'go', label: t('commands.goTo', { page: t(`views.${view}`) }), run: () => void router.push({ name: 'inbox', params: { view } }),
    }))
    const pages = pagesFor(session.can).map((page): Command => ({
      id: `page:${page.name}`, group: 'go', icon: page.icon, label: t('commands.goTo', { page: t(page.title) }), run: () => void router.push({ name: page.name }),
    }))
    // Their words come with the command bar.
    const settings = (te('settings.title') ? settingsFor(session.can) : []).flatMap((group) => group.pages).map((page): Command => ({
      id: `page:${page.name}`, group: 'go', icon: page.icon, label: t('commands.goTo', { page: t(`settings.pages.${page.name}`) }), also: t('rail.settings'), isOneOfMany: true,
      run: () => void router.push({ name: page.name }),
    }))
    const search: Command = { id: 'page:search', group: 'go', icon: Search, label: t('commands.goTo', { page: t('views.search') }), run: () => void router.push({ name: 'search' }) }
    return [search, ...views, ...pages, ...settings]
  }

  function looks(): Command[] {
    const themes = THEMES.map((theme): Command => ({
      id: `theme:${theme}`, group: 'you', icon: SunMoon, label: t('commands.theme', { name: t(`account.themes.${theme}`) }), isOneOfMany: true, run: () => (preferences.theme = theme),
    }))
    const languages = LANGUAGES.map((language): Command => ({
      id: `language:${language}`, group: 'you', icon: Languages, label: t('commands.language', { name: OWN_NAMES[language] }), isOneOfMany: true,
      run: () => void session.chooseLanguage(language).catch((problem) => notices.show(error(problem), 'danger')),
    }))
    return [...themes, ...languages]
  }

  useCommands(() => [...places(), ...looks()])
}
