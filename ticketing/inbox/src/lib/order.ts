/** Which view a ticket belongs to, and in which order a view shows its tickets. Pure. */
import type { Ticket, ViewName } from '@/api/types'

export function belongsTo(view: ViewName, ticket: Ticket, agentId: string): boolean {
  if (view === 'closed') return ticket.status === 'closed'
  if (ticket.status === 'closed') return false
  if (view === 'assistant') return ticket.owner === 'assistant'
  if (view === 'unassigned') return ticket.owner === 'agents' && ticket.assignee === null
  if (view === 'mine') return ticket.owner === 'agents' && ticket.assignee?.id === agentId
  return true
}

const at = (iso: string) => Date.parse(iso)

/** Negative when `a` comes first. The queue shows urgent first, then who has waited longest; the rest, what is newest. */
export function compare(view: ViewName, a: Ticket, b: Ticket): number {
  if (view === 'unassigned') {
    return (
      a.priority - b.priority ||
      at(a.waiting_since ?? a.last_message_at) - at(b.waiting_since ?? b.last_message_at) ||
      a.id.localeCompare(b.id)
    )
  }
  return at(b.last_message_at) - at(a.last_message_at) || b.id.localeCompare(a.id)
}

/** Is `candidate` at least as new as `known`? A row read before a live update must not undo it. */
export function isNewer(candidate: Ticket, known: Ticket): boolean {
  if (candidate.version !== known.version) return candidate.version > known.version
  return at(candidate.last_message_at) >= at(known.last_message_at)
}
