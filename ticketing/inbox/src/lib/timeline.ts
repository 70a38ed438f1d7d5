/** One ticket's thread as the agent reads it: entries in order, with day lines, grouped bubbles and what is hidden. */
import type { DeskEvent, Entry, Message } from '@/api/types'

/** A message not yet taken by the server. */
export interface Draft {
  clientId: string
  kind: 'reply' | 'note'
  text: string
  files: { name: string; kind: string; size: number }[]
  createdAt: string
  state: 'queued' | 'sending' | 'failed'
  errorCode: string | null
}

export type Line =
  | { type: 'day'; key: string; at: string }
  | { type: 'unread'; key: string }
  | { type: 'message'; key: string; message: Message; follows: boolean }
  | { type: 'event'; key: string; event: DeskEvent }
  | { type: 'draft'; key: string; draft: Draft }

/** Each has words of its own, `event.…`; every other event is seen in the message or row it changed. */
export const SHOWN_EVENTS = new Set([
  'ticket.handed_over',
  'ticket.taken_over',
  'ticket.claimed',
  'ticket.released',
  'ticket.assigned',
  'ticket.bounced',
  'ticket.overflowed',
  'ticket.closed',
  'ticket.reopened',
  'ticket.resumed',
  'ticket.solved',
  'ticket.woken',
  'ticket.status_changed',
  'ticket.prioritised',
  'ticket.categorised',
  'ticket.tagged',
  'ticket.fields_changed',
  'ticket.conversation_added',
  'ticket.merged',
  'ticket.unmerged',
  'ticket.split',
  'ticket.unsplit',
  'ticket.linked',
  'ticket.unlinked',
  'contact.merged',
  'contact.unmerged',
  'contact.renamed',
  'contact.language_changed',
  'contact.contract_linked',
  'contact.contract_unlinked',
  'contact.consent_changed',
  'ticket.survey_sent',
  'ticket.rated',
  'ticket.commented',
  'danger.raised',
  'sla.warned',
  'sla.escalated',
  'sla.breached',
  'bill.disclosed',
  'verification.sent',
  'verification.passed',
  'verification.failed',
  'announcement.skipped',
  'account.paused',
  'account.resumed',
])

export function isShown(event: DeskEvent): boolean {
  return SHOWN_EVENTS.has(event.type)
}

export const entryId = (entry: Entry) => (entry.type === 'message' ? entry.message.id : entry.event.id)
const entryAt = (entry: Entry) => (entry.type === 'message' ? entry.message.created_at : entry.event.at)

/** Oldest first; within one moment a conversation's own positions decide, else the ids, which grow with time. */
export function compareEntries(a: Entry, b: Entry): number {
  if (a.type === 'message' && b.type === 'message' && a.message.conversation_id === b.message.conversation_id) {
    return a.message.position - b.message.position
  }
  const apart = Date.parse(entryAt(a)) - Date.parse(entryAt(b))
  return apart || rank(a) - rank(b) || entryId(a).localeCompare(entryId(b))
}

/** Within one transaction everything has the same time: a ticket opens before its first message is there. */
function rank(entry: Entry): number {
  if (entry.type === 'message') return 1
  return entry.event.type === 'ticket.opened' || entry.event.type === 'ticket.reopened' ? 0 : 2
}

const GROUP_MS = 3 * 60_000

/** Does this bubble continue the one above: same author, same side, within a few minutes? */
function follows(message: Message, previous: Line | undefined): boolean {
  if (previous?.type !== 'message') return false
  const before = previous.message
  return (
    before.direction === message.direction &&
    before.author === message.author &&
    before.author_name === message.author_name &&
    before.channel === message.channel &&
    Date.parse(message.created_at) - Date.parse(before.created_at) < GROUP_MS
  )
}

/** `firstUnread` is the id of the message above which the "new" line stands. */
export function toLines(entries: Entry[], drafts: Draft[], dayKey: (iso: string) => string, firstUnread: string | null): Line[] {
  const lines: Line[] = []
  let day = ''
  const startDay = (at: string) => {
    const key = dayKey(at)
    if (key === day) return
    day = key
    lines.push({ type: 'day', key: `day-${key}`, at })
  }
  for (const entry of entries) {
    if (entry.type === 'event') {
      if (!isShown(entry.event)) continue
      startDay(entry.event.at)
      lines.push({ type: 'event', key: entry.event.id, event: entry.event })
      continue
    }
    const { message } = entry
    // Taken back before it left: its words are the agent's again.
    if (message.state === 'cancelled' && message.undo_until) continue
    startDay(message.created_at)
    if (message.id === firstUnread) lines.push({ type: 'unread', key: 'unread' })
    lines.push({ type: 'message', key: message.client_id ?? message.id, message, follows: follows(message, lines.at(-1)) })
  }
  const taken = new Set(lines.map((line) => line.key))
  for (const draft of drafts) {
    // The socket may bring the message before the answer to our own request does.
    if (taken.has(draft.clientId)) continue
    startDay(draft.createdAt)
    lines.push({ type: 'draft', key: draft.clientId, draft })
  }
  return lines
}
