/** What the agent has sent and the server has not yet taken. Kept in the browser, so that neither a lost network nor a
 *  reload loses a sentence; the client id makes every repetition the same message. */
import { defineStore } from 'pinia'
import { reactive } from 'vue'
import { ApiError } from '@/api/client'
import * as api from '@/api/desk'
import type { StatusAfter } from '@/api/replies'
import { newId } from '@/lib/ids'
import type { Draft } from '@/lib/timeline'
import { useSession } from './session'
import { useThreads } from './threads'

export interface Outgoing extends Draft {
  ticketId: string
  conversationId: string | null
  attachmentIds: string[]
  errorFields: Record<string, unknown>
  /** The newest message the agent had before the eyes: what came after it is asked about. */
  seenMessageId?: string | null
  force?: boolean
  cannedIds?: string[]
  mentions?: { kind: 'agent' | 'team'; id: string }[]
  statusAfter?: StatusAfter | null
}

type Said = 'ticketId' | 'kind' | 'text' | 'conversationId' | 'attachmentIds' | 'files'
type Beside = 'seenMessageId' | 'force' | 'cannedIds' | 'mentions' | 'statusAfter'
export type Writing = Pick<Outgoing, Said | Beside>

const FIRST_DELAY_MS = 1000
const LONGEST_DELAY_MS = 30_000

export const useOutbox = defineStore('outbox', () => {
  const session = useSession()
  const threads = useThreads()
  const items = reactive(new Map<string, Outgoing>())
  /** Tickets whose queue is being sent right now: one message at a time, in order. */
  const busy = new Set<string>()
  let failures = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  const prefix = () => `wasl.outbox.${session.agentId}.`

  function store(item: Outgoing): void {
    items.set(item.clientId, item)
    try {
      localStorage.setItem(prefix() + item.clientId, JSON.stringify(item))
    } catch {
      // A full or forbidden storage: the message is still sent from memory.
    }
  }

  function remove(clientId: string): void {
    items.delete(clientId)
    localStorage.removeItem(prefix() + clientId)
  }

  const forTicket = (ticketId: string) =>
    [...items.values()]
      .filter((item) => item.ticketId === ticketId)
      .sort((a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt))

  /** After sign-in: what an earlier page could not send. */
  function restore(): void {
    items.clear()
    for (const key of Object.keys(localStorage).filter((one) => one.startsWith(prefix()))) {
      const item = JSON.parse(localStorage.getItem(key)!) as Outgoing
      items.set(item.clientId, { ...item, state: item.state === 'failed' ? 'failed' : 'queued' })
    }
    flush()
  }

  function send(writing: Writing): void {
    store({
      ...writing,
      clientId: newId(),
      createdAt: new Date().toISOString(),
      state: 'queued',
      errorCode: null,
      errorFields: {},
    })
    void drain(writing.ticketId)
  }

  /** Tries everything that waits, now: the connection is back. */
  function flush(): void {
    clearTimeout(timer)
    for (const ticketId of new Set([...items.values()].map((item) => item.ticketId))) void drain(ticketId)
  }

  /** `force`: although something came that the agent had not seen. */
  function retry(clientId: string, force = false): void {
    const item = items.get(clientId)
    if (!item) return
    store({ ...item, force: force || item.force, state: 'queued', errorCode: null })
    void drain(item.ticketId)
  }

  async function drain(ticketId: string): Promise<void> {
    if (busy.has(ticketId)) return
    busy.add(ticketId)
    try {
      for (;;) {
        const next = forTicket(ticketId).find((item) => item.state === 'queued')
        if (!next || !session.current) return
        if (!(await post(next))) return
      }
    } finally {
      busy.delete(ticketId)
    }
  }

  /** False when the rest has to wait. */
  async function post(item: Outgoing): Promise<boolean> {
    items.set(item.clientId, { ...item, state: 'sending' })
    try {
      const answer = await request(item)
      failures = 0
      threads.applyMessages(item.ticketId, answer.messages)
      remove(item.clientId)
      return true
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      if (error.isTemporary || error.status === 401) {
        store({ ...item, state: 'queued' })
        if (error.status !== 401) retryLater()
        return false
      }
      store({ ...item, state: 'failed', errorCode: error.code, errorFields: error.fields })
      return true
    }
  }

  function request(item: Outgoing) {
    const { clientId: client_id, text, ticketId } = item
    if (item.kind === 'note') return api.messages.note(ticketId, { client_id, text, mentions: filled(item.mentions) })
    return api.messages.reply(ticketId, {
      client_id,
      text,
      conversation_id: item.conversationId ?? undefined,
      attachment_ids: item.attachmentIds,
      seen_message_id: item.seenMessageId ?? undefined,
      force: item.force || undefined,
      canned_ids: filled(item.cannedIds),
      status_after: item.statusAfter ?? undefined,
    })
  }

  /** What is not there is not sent. */
  const filled = <Item>(list: Item[] | undefined): Item[] | undefined => (list && list.length > 0 ? list : undefined)

  function retryLater(): void {
    clearTimeout(timer)
    timer = setTimeout(flush, Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** failures))
    failures += 1
  }

  /** Forgets what is in memory; what is stored waits for the same agent. */
  function clear(): void {
    clearTimeout(timer)
    items.clear()
  }

  return { items, forTicket, restore, send, retry, remove, flush, clear }
})
