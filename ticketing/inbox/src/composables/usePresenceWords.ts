/** Words for states and reasons; the reasons' own names are data. */
import { computed } from 'vue'
import type { Names, PresenceState } from '@/api/routing'
import { loadWordsOf } from '@/i18n'
import { useWords } from '@/lib/words'
import { usePresence } from '@/stores/presence'
import { useSession } from '@/stores/session'

export function usePresenceWords() {
  void loadWordsOf('presence').catch(() => {})
  const words = useWords()
  const presence = usePresence()
  const session = useSession()
  const reasons = computed(() => new Map((presence.own?.break_reasons ?? []).map((reason) => [reason.key, reason.names])))

  const named = (names: Names) => names[session.language] || names.fr || names.en
  const stateName = (state: PresenceState) => words.known(`presence.state.${state}`, state)
  function reasonName(key: string): string {
    const names = reasons.value.get(key)
    return names ? named(names) : words.known(`presence.reason.${key}`, key)
  }

  return { ...words, named, stateName, reasonName }
}
