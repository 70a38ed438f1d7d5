/** What an agent does to a ticket, with the words for success and for "someone was faster". */
import { ref } from 'vue'
import { ApiError } from '@/api/client'
import * as api from '@/api/desk'
import { change, type TicketChange } from '@/api/ticketing'
import type { FieldValue, Ticket, TicketStatus } from '@/api/types'
import { isolate } from '@/lib/text'
import { useWords } from '@/lib/words'
import { useNotices } from '@/stores/notices'
import { useSolving } from '@/stores/solving'
import { useThreads } from '@/stores/threads'
import { useTicketing } from '@/stores/ticketing'
import { useTickets } from '@/stores/tickets'

export function useTicketActions() {
  const { t, error, clock, priority } = useWords()
  const notices = useNotices()
  const tickets = useTickets()
  const threads = useThreads()
  const solving = useSolving()
  const ticketing = useTicketing()
  const busy = ref<string | null>(null)

  /** Runs one change; a conflict reads the ticket again, so that the next decision is made on what is true. */
  async function run(name: string, ticket: Ticket, change: () => Promise<Ticket>, success: string): Promise<boolean> {
    if (busy.value) return false
    busy.value = name
    try {
      const row = await change()
      tickets.applyAnswer(row)
      threads.applyRow(row)
      notices.show(success, 'success')
      return true
    } catch (problem) {
      const isConflict = problem instanceof ApiError && problem.status === 409
      notices.show(error(problem), isConflict ? 'warning' : 'danger')
      if (isConflict) await threads.open(ticket.id).catch(() => {})
      return false
    } finally {
      busy.value = null
    }
  }

  const edit = (name: string, ticket: Ticket, changes: TicketChange, success: string) => run(name, ticket, () => change(ticket.id, ticket.version, changes), success)

  const claim = (ticket: Ticket) => run('claim', ticket, () => api.tickets.claim(ticket.id, ticket.version), t('done.claimed'))
  const takeOver = (ticket: Ticket) => run('takeOver', ticket, () => api.tickets.takeOver(ticket.id), t('done.takenOver'))
  const release = (ticket: Ticket) =>
    run('release', ticket, () => api.tickets.release(ticket.id, ticket.version), t('done.released'))
  const reopen = (ticket: Ticket) =>
    run('reopen', ticket, () => api.tickets.reopen(ticket.id, ticket.version), t('done.reopened'))
  const assign = (ticket: Ticket, to: { agent_id: string | null; team_id: string | null }, name: string) =>
    run('assign', ticket, () => api.tickets.assign(ticket.id, ticket.version, to), t('done.assigned', { name: isolate(name) }))

  /** Solved, after asking for what is still missing; one of the assistant's is closed. `key`: an own status. */
  async function close(ticket: Ticket, { key, thenNext = false }: { key?: string; thenNext?: boolean } = {}): Promise<void> {
    const next = thenNext ? (solving.path?.next() ?? null) : null
    const missing = await solving.prepare(ticket)
    if (!missing) return
    const done =
      ticket.owner === 'assistant'
        ? await run('close', ticket, () => api.tickets.close(ticket.id, ticket.version), t('done.closed'))
        : await edit('close', ticket, { status: 'solved', ...(key ? { status_key: key } : {}), ...missing }, t(missing.reason ? 'done.junk' : 'done.solved'))
    if (done && next) solving.path?.open(next)
  }
  const junk = (ticket: Ticket) => edit('close', ticket, { status: 'closed', reason: 'junk' }, t('done.junk'))
  async function closeForGood(ticket: Ticket): Promise<void> {
    const missing = await solving.prepare(ticket)
    if (missing) await edit('close', ticket, { status: 'closed', ...missing }, t('done.closed'))
  }

  const setStatus = (ticket: Ticket, status: TicketStatus, name: string, key?: string) =>
    edit('status', ticket, { status, ...(key ? { status_key: key } : {}) }, t('done.status', { name: isolate(name) }))
  const snooze = (ticket: Ticket, at: string) => edit('status', ticket, { status: 'snoozed', snoozed_until: at }, t('done.snoozed', { date: clock.value.full(at) }))
  const setPriority = (ticket: Ticket, level: number) => edit('priority', ticket, { priority: level }, t('done.prioritised', { name: priority(level) }))
  const setCategory = (ticket: Ticket, code: string | null, name: string) => edit('category', ticket, { category: code }, t('done.categorised', { name: isolate(name) }))
  async function setTags(ticket: Ticket, names: string[]): Promise<void> {
    if (await edit('tags', ticket, { tags: names }, t('done.tagged'))) ticketing.learnTags(names)
  }
  /** Throws what the desk refuses, so that the field itself can say it. */
  async function setField(ticket: Ticket, key: string, value: FieldValue | null): Promise<void> {
    const row = await change(ticket.id, ticket.version, { fields: { [key]: value } })
    tickets.applyAnswer(row)
    threads.applyRow(row)
  }

  return { busy, setCategory, claim, takeOver, release, close, closeForGood, junk, reopen, assign, setStatus, snooze, setPriority, setTags, setField }
}
