/** Which view a ticket belongs to, and in which order a view shows its tickets. Pure. */
import type { Ticket, ViewName } from '@/api/types'
import { matches, type Filter, type Order } from '@/lib/filters'

/** The lists everybody has, as the desk defines them. */
const AT_HAND = ['new', 'open', 'pending', 'on_hold']
export const BUILT_IN: Record<string, { filter: Filter; order: Order }> = {
  mine: { filter: { status: AT_HAND, assignee: ['me'] }, order: 'newest' },
  unassigned: { filter: { status: AT_HAND, owner: 'agents', assignee: ['none'] }, order: 'priority' },
  waiting: { filter: { status: AT_HAND, owner: 'agents', waiting: true }, order: 'waiting' },
  mentions: { filter: { mentioned: true }, order: 'newest' },
  snoozed: { filter: { status: ['snoozed'], assignee: ['me'] }, order: 'newest' },
  assistant: { filter: { status: ['active'], owner: 'assistant' }, order: 'newest' },
  all: { filter: { status: ['active'] }, order: 'newest' },
  closed: { filter: { status: ['solved', 'closed'] }, order: 'newest' },
}

/** Saved views in an address: a letter before the id tells them from tickets. */
export const SAVED_VIEW = 'v[0-9a-f-]{36}'
export const toAddress = (view: ViewName): string => (view in BUILT_IN ? view : `v${view}`)
export const fromAddress = (part: string): ViewName => (part in BUILT_IN ? part : part.slice(1))

export function belongsTo(view: ViewName, ticket: Ticket, agentId: string): boolean {
  return matches(BUILT_IN[view]?.filter ?? {}, ticket, { id: agentId, teams: [] }) === true
}

const at = (iso: string | null | undefined) => (iso ? Date.parse(iso) : Number.POSITIVE_INFINITY)
/** Infinity minus itself is no number. */
const earlier = (a: number, b: number) => (a === b ? 0 : a - b)

/** Negative when `a` comes first. */
export function compare(order: Order, a: Ticket, b: Ticket): number {
  const waiting = () => earlier(at(a.waiting_since), at(b.waiting_since))
  if (order === 'priority') return a.priority - b.priority || waiting() || a.id.localeCompare(b.id)
  if (order === 'waiting') return waiting() || a.id.localeCompare(b.id)
  if (order === 'due') return earlier(at(a.sla?.due_at), at(b.sla?.due_at)) || a.id.localeCompare(b.id)
  if (order === 'created') return b.id.localeCompare(a.id)
  return at(b.last_message_at) - at(a.last_message_at) || b.id.localeCompare(a.id)
}

/** Is `candidate` at least as new as `known`? A row read before a live update must not undo it. */
export function isNewer(candidate: Ticket, known: Ticket): boolean {
  if (candidate.version !== known.version) return candidate.version > known.version
  return at(candidate.last_message_at) >= at(known.last_message_at)
}
