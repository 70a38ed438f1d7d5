/** What a view is called, in the agent's language or in one it has. */
import { useI18n } from 'vue-i18n'
import type { ViewName } from '@/api/types'
import { BUILT_IN } from '@/lib/order'
import { useSession } from '@/stores/session'
import { useViews } from '@/stores/views'

export function useViewWords() {
  const { t } = useI18n()
  const session = useSession()
  const views = useViews()

  function nameOf(id: ViewName): string {
    if (id in BUILT_IN) return t(`views.${id}`)
    const names = views.byId.get(id)?.names
    return names?.[session.language] ?? Object.values(names ?? {})[0] ?? t('search.view')
  }
  return { nameOf }
}
