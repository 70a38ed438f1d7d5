/** Merging, splitting and linking from the screen, with the way back. */
import { ref } from 'vue'
import { useRouter } from 'vue-router'
import { links as api, type Moved } from '@/api/links'
import { loadWordsOf } from '@/i18n'
import { isolate } from '@/lib/text'
import { useWords } from '@/lib/words'
import { useNotices } from '@/stores/notices'
import { useThreads } from '@/stores/threads'
import { useTickets } from '@/stores/tickets'

export type LinkDialogName = 'merge' | 'split' | 'link'

export function useLinks() {
  const { t, error } = useWords()
  const router = useRouter()
  const notices = useNotices()
  const tickets = useTickets()
  const threads = useThreads()
  const shown = ref<LinkDialogName | null>(null)

  /** The words come with the first dialog. */
  async function show(name: LinkDialogName): Promise<void> {
    await loadWordsOf('links')
    shown.value = name
  }

  const goTo = (id: string) => router.push({ name: 'inbox', params: { ...router.currentRoute.value.params, id } })

  async function undo(moveId: string): Promise<void> {
    await loadWordsOf('links')
    try {
      const row = await api.undo(moveId)
      tickets.applyAnswer(row)
      await goTo(row.id)
      await threads.reload(row.id)
      notices.show(t('links.undone'), 'success')
    } catch (problem) {
      notices.show(error(problem), 'danger')
    }
  }

  async function done(kind: 'merge' | 'split', moved: Moved): Promise<void> {
    tickets.applyAnswer(moved.ticket)
    await goTo(moved.ticket.id)
    await threads.reload(moved.ticket.id).catch(() => {})
    const number = isolate(moved.ticket.number ? `#${moved.ticket.number}` : '')
    notices.show(t(`links.${kind}.done`, { number }), 'success', { label: t('links.undo'), run: () => void undo(moved.move_id) })
  }

  return { shown, show, undo, done }
}
