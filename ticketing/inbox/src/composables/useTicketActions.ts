/** What an agent does to a ticket, with the words for success and for "someone was faster". */
import { ref } from 'vue'
import { ApiError } from '@/api/client'
import * as api from '@/api/desk'
import type { Ticket } from '@/api/types'
import { isolate } from '@/lib/text'
import { useWords } from '@/lib/words'
import { useNotices } from '@/stores/notices'
import { useThreads } from '@/stores/threads'
import { useTickets } from '@/stores/tickets'

export function useTicketActions() {
  const { t, error } = useWords()
  const notices = useNotices()
  const tickets = useTickets()
  const threads = useThreads()
  const busy = ref<string | null>(null)

  /** Runs one change; a conflict reads the ticket again, so that the next decision is made on what is true. */
  async function run(name: string, ticket: Ticket, change: () => Promise<Ticket>, success: string): Promise<void> {
    if (busy.value) return
    busy.value = name
    try {
      const row = await change()
      tickets.applyAnswer(row)
      threads.applyRow(row)
      notices.show(success, 'success')
    } catch (problem) {
      const isConflict = problem instanceof ApiError && problem.status === 409
      notices.show(error(problem), isConflict ? 'warning' : 'danger')
      if (isConflict) await threads.open(ticket.id).catch(() => {})
    } finally {
      busy.value = null
    }
  }

  const claim = (ticket: Ticket) => run('claim', ticket, () => api.tickets.claim(ticket.id, ticket.version), t('done.claimed'))
  const takeOver = (ticket: Ticket) => run('takeOver', ticket, () => api.tickets.takeOver(ticket.id), t('done.takenOver'))
  const release = (ticket: Ticket) =>
    run('release', ticket, () => api.tickets.release(ticket.id, ticket.version), t('done.released'))
  const close = (ticket: Ticket) => run('close', ticket, () => api.tickets.close(ticket.id, ticket.version), t('done.closed'))
  const reopen = (ticket: Ticket) =>
    run('reopen', ticket, () => api.tickets.reopen(ticket.id, ticket.version), t('done.reopened'))
  const assign = (ticket: Ticket, to: { agent_id: string | null; team_id: string | null }, name: string) =>
    run('assign', ticket, () => api.tickets.assign(ticket.id, ticket.version, to), t('done.assigned', { name: isolate(name) }))

  const setCategory = (ticket: Ticket, code: string | null, name: string) =>
    run('category', ticket, () => api.tickets.setCategory(ticket.id, ticket.version, code), t('done.categorised', { name: isolate(name) }))

  return { busy, setCategory, claim, takeOver, release, close, reopen, assign }
}
