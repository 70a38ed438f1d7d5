/** The words of people's pages: errors first of all, and the names of permissions. */
import { ref } from 'vue'
import { ApiError } from '@/api/client'
import { roles as api, type Names, type PermissionGroup } from '@/api/people'
import { useWords } from '@/lib/words'
import { useNotices } from '@/stores/notices'
import { useSession } from '@/stores/session'

/** The catalogue, once it has been read. */
export const groups = ref<PermissionGroup[]>([])

export function usePeopleWords() {
  const words = useWords()
  const session = useSession()
  const notices = useNotices()
  const inWords = (names: Names) => names[session.language] || names.fr || names.en

  function problem(failure: unknown): string {
    const code = failure instanceof ApiError ? failure.code : ''
    return words.te(`people.errors.${code}`) ? words.t(`people.errors.${code}`) : words.error(failure)
  }

  /** Do it; say so, or why not. Returns whether it was done. */
  async function attempt(change: () => Promise<unknown>, success?: string): Promise<boolean> {
    try {
      await change()
      if (success) notices.show(success, 'success')
      return true
    } catch (failure) {
      notices.show(problem(failure), 'danger')
      return false
    }
  }

  /** The catalogue, read once. */
  async function loadCatalogue(): Promise<void> {
    if (groups.value.length === 0) groups.value = (await api.catalogue()).groups
  }

  return { ...words, inWords, problem, attempt, groups, loadCatalogue }
}
