/** The tickets opened lately, whole: detail and timeline, kept current by the live socket. */
import { defineStore } from 'pinia'
import { shallowReactive } from 'vue'
import * as api from '@/api/desk'
import type { Attachment, DeskEvent, Entry, Message, Ticket, TicketDetail } from '@/api/types'
import { compareEntries, entryId } from '@/lib/timeline'
import { isNewer } from '@/lib/order'

export interface Thread {
  id: string
  detail: TicketDetail | null
  entries: Entry[]
  hasMore: boolean
  status: 'loading' | 'ready' | 'failed' | 'missing'
  loadingOlder: boolean
  /** The message above which "new" is drawn: set when the ticket is opened. */
  firstUnread: string | null
}

const REMEMBERED = 12
const DETAIL_DELAY_MS = 250
/** After these the detail says something the row does not: windows, handover, identities. */
const CHANGES_DETAIL = new Set(['message.received', 'ticket.handed_over', 'contact.updated', 'ticket.opened', 'ticket.reopened', 'ticket.fields_changed', 'ticket.conversation_added', 'contact.merged', 'contact.unmerged'])
/** After these a ticket has other messages than before. */
const MOVES_MESSAGES = new Set(['ticket.merged', 'ticket.unmerged', 'ticket.split', 'ticket.unsplit'])

export const useThreads = defineStore('threads', () => {
  const threads = shallowReactive(new Map<string, Thread>())
  const liveChanges = new Map<string, number>()
  const timers = new Map<string, ReturnType<typeof setTimeout>>()
  let liveTime = 0

  /** Replaces a thread by a changed copy, so that whoever looks at it sees the change. */
  function change(id: string, changes: Partial<Thread>): void {
    const thread = threads.get(id)
    if (thread) threads.set(id, { ...thread, ...changes })
  }

  function merge(known: Entry[], incoming: Entry[], wins: (id: string) => boolean): Entry[] {
    const byId = new Map(known.map((entry) => [entryId(entry), entry]))
    for (const entry of incoming) {
      const id = entryId(entry)
      if (!byId.has(id) || wins(id)) byId.set(id, entry)
    }
    return [...byId.values()].sort(compareEntries)
  }

  const unchangedSince = (askedAt: number) => (id: string) => (liveChanges.get(id) ?? -1) <= askedAt

  /** Opens a ticket: reads it, or reads it again quietly when it is already known. */
  async function open(id: string): Promise<void> {
    const known = threads.get(id)
    threads.delete(id)
    threads.set(
      id,
      known && known.status === 'ready'
        ? known
        : { id, detail: null, entries: [], hasMore: false, status: 'loading', loadingOlder: false, firstUnread: null },
    )
    for (const old of [...threads.keys()].slice(0, -REMEMBERED)) threads.delete(old)
    const askedAt = liveTime
    try {
      const [detail, timeline] = await Promise.all([api.tickets.read(id), api.tickets.timeline(id)])
      const thread = threads.get(id)
      if (!thread) return
      // A quiet second reading must join what is shown; where it does not, what is shown has a gap and goes.
      const unchanged = unchangedSince(askedAt)
      const joins = timeline.entries.some((entry) => thread.entries.some((one) => entryId(one) === entryId(entry)))
      const kept = joins ? thread.entries : thread.entries.filter((entry) => !unchanged(entryId(entry)))
      change(id, {
        detail: newest(detail, thread.detail),
        entries: merge(kept, timeline.entries, unchanged),
        hasMore: joins ? thread.hasMore : timeline.has_more,
        status: 'ready',
        firstUnread: firstUnread(timeline.entries, detail.unread),
      })
    } catch (error) {
      const missing = error instanceof Error && 'status' in error && [400, 403, 404].includes(error.status as number)
      if (threads.get(id)?.status === 'loading') change(id, { status: missing ? 'missing' : 'failed' })
      if (!missing) throw error
    }
  }

  /** Reads a known ticket again; what is no longer part of it goes. */
  async function readAnew(id: string): Promise<void> {
    const askedAt = liveTime
    const [detail, timeline] = await Promise.all([api.tickets.read(id), api.tickets.timeline(id)])
    const thread = threads.get(id)
    if (!thread) return
    const unchanged = unchangedSince(askedAt)
    const arrived = thread.entries.filter((entry) => !unchanged(entryId(entry)))
    change(id, { detail: newest(detail, thread.detail), entries: merge(timeline.entries, arrived, () => true), hasMore: timeline.has_more })
  }

  async function loadOlder(id: string): Promise<void> {
    const thread = threads.get(id)
    const oldest = thread?.entries.find((entry) => entry.type === 'message')
    if (!thread?.hasMore || thread.loadingOlder || !oldest) return
    change(id, { loadingOlder: true })
    const askedAt = liveTime
    try {
      const page = await api.tickets.timeline(id, entryId(oldest))
      change(id, {
        entries: merge(threads.get(id)!.entries, page.entries, unchangedSince(askedAt)),
        hasMore: page.has_more,
      })
    } finally {
      change(id, { loadingOlder: false })
    }
  }

  /** Has a message at hand that may be older than what was read; false where the ticket has none such. */
  async function reach(id: string, messageId: string): Promise<boolean> {
    const isThere = () => threads.get(id)?.entries.some((entry) => entryId(entry) === messageId) ?? false
    if (isThere() || !threads.get(id)?.hasMore) return isThere()
    const askedAt = liveTime
    const page = await api.tickets.timelineAround(id, messageId)
    const thread = threads.get(id)
    if (thread && page.entries.length > 0) {
      change(id, { entries: merge(thread.entries, page.entries, unchangedSince(askedAt)), hasMore: page.has_more })
    }
    return isThere()
  }

  function applyLive(event: DeskEvent, row: Ticket | null, message: Message | null): void {
    const thread = event.ticket_id ? threads.get(event.ticket_id) : undefined
    if (!thread) return
    const entries: Entry[] = [{ type: 'event', event }]
    if (message) entries.push({ type: 'message', message })
    for (const entry of entries) liveChanges.set(entryId(entry), ++liveTime)
    let merged = merge(thread.entries, entries, () => true)
    if (event.type.startsWith('attachment.') && !message) merged = withAttachment(merged, event)
    change(thread.id, { entries: merged, detail: row && thread.detail ? withRow(thread.detail, row) : thread.detail })
    if (CHANGES_DETAIL.has(event.type)) refreshSoon(thread.id)
    if (MOVES_MESSAGES.has(event.type)) void readAnew(thread.id).catch(() => {})
  }

  /** What was hidden from this agent must not stay on the screen either. */
  function forget(id: string): void {
    const thread = threads.get(id)
    if (thread) Object.assign(thread, { detail: null, entries: [], hasMore: false, status: 'missing' })
  }

  /** From the answer to a request of ours: the socket may already have said more. */
  function applyMessages(ticketId: string, messages: Message[], isNewest = false): void {
    const thread = threads.get(ticketId)
    if (!thread) return
    change(ticketId, { entries: merge(thread.entries, messages.map((message) => ({ type: 'message', message })), () => isNewest) })
  }

  function applyRow(row: Ticket): void {
    const thread = threads.get(row.id)
    if (thread?.detail && isNewer(row, thread.detail)) change(row.id, { detail: withRow(thread.detail, row) })
  }

  function refreshSoon(id: string): void {
    clearTimeout(timers.get(id))
    timers.set(
      id,
      setTimeout(async () => {
        const detail = await api.tickets.read(id).catch(() => null)
        const thread = threads.get(id)
        if (detail && thread) change(id, { detail: newest(detail, thread.detail) })
      }, DETAIL_DELAY_MS),
    )
  }

  function clearUnreadLine(id: string): void {
    if (threads.get(id)?.firstUnread) change(id, { firstUnread: null })
  }

  /** After a gap the socket could not replay: forget all but the ticket on the screen, and read that again. */
  async function reload(current: string | null): Promise<void> {
    for (const id of [...threads.keys()]) if (id !== current) threads.delete(id)
    if (current) await open(current)
  }

  return { threads, open, loadOlder, reach, applyLive, forget, applyMessages, applyRow, clearUnreadLine, reload, clear: () => threads.clear() }
})

function withRow(detail: TicketDetail, row: Ticket): TicketDetail {
  return { ...detail, ...row, contact: { ...detail.contact, ...row.contact } }
}

/** The newer row of two details, with the parts only a detail has taken from the one just read. */
function newest(read: TicketDetail, known: TicketDetail | null): TicketDetail {
  if (!known || isNewer(read, known)) return read
  const { handover, conversations, private_fields } = read
  const { identities, tickets, fields, tags } = read.contact
  return { ...known, handover, conversations, private_fields, contact: { ...known.contact, identities, tickets, fields, tags } }
}

function firstUnread(entries: Entry[], unread: number): string | null {
  if (unread === 0) return null
  const inbound = entries.filter((entry) => entry.type === 'message' && entry.message.direction === 'inbound')
  const first = inbound.at(-Math.min(unread, inbound.length))
  return first ? entryId(first) : null
}

function withAttachment(entries: Entry[], event: DeskEvent): Entry[] {
  const state: Attachment['state'] = event.type === 'attachment.stored' ? 'stored' : 'failed'
  return entries.map((entry) => {
    if (entry.type !== 'message') return entry
    const { attachments } = entry.message.content
    if (!attachments.some((attachment) => attachment.id === event.data.attachment_id)) return entry
    const changed = attachments.map((one) => (one.id === event.data.attachment_id ? { ...one, state } : one))
    return { type: 'message', message: { ...entry.message, content: { ...entry.message.content, attachments: changed } } }
  })
}
