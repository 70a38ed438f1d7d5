/** Unsent words per agent and ticket: kept in this browser at once, and at the desk soon after, so that they are on every
 *  device and outlive a lost connection. */
import { defineStore } from 'pinia'
import { reactive } from 'vue'
import { drafts as api, type ServerDraft } from '@/api/replies'
import { mergeWords } from '@/lib/merge'
import { useSession } from './session'

export type Mode = 'reply' | 'note'

export interface Written {
  mode: Mode
  reply: string
  note: string
}

/** What the desk has, as far as this device knows: what was written since differs from it. */
interface Base {
  counter: number
  reply: string
  note: string
}

interface Kept extends Written {
  base?: Base
}

const PUT_DELAY_MS = 700
const NOTHING: Base = { counter: 0, reply: '', note: '' }

export const useDrafts = defineStore('drafts', () => {
  const session = useSession()
  const drafts = reactive(new Map<string, Written>())
  const bases = new Map<string, Base>()
  const timers = new Map<string, ReturnType<typeof setTimeout>>()
  const puts = new Map<string, Promise<void>>()
  /** What the socket said while a put was under way: often the put itself. */
  const waiting = new Map<string, ServerDraft>()
  const prefix = () => `wasl.draft.${session.agentId}.`

  function restore(): void {
    drafts.clear()
    bases.clear()
    for (const key of Object.keys(localStorage).filter((one) => one.startsWith(prefix()))) {
      const { base, ...written } = JSON.parse(localStorage.getItem(key)!) as Kept
      const ticketId = key.slice(prefix().length)
      drafts.set(ticketId, written)
      if (base) bases.set(ticketId, base)
    }
  }

  const get = (ticketId: string): Written => drafts.get(ticketId) ?? { mode: 'reply', reply: '', note: '' }

  const has = (ticketId: string): boolean => {
    const draft = drafts.get(ticketId)
    return draft !== undefined && (draft.reply.trim() !== '' || draft.note.trim() !== '')
  }

  const baseOf = (ticketId: string): Base => bases.get(ticketId) ?? NOTHING
  function isChanged(ticketId: string): boolean {
    const { reply, note } = get(ticketId)
    const base = baseOf(ticketId)
    return reply !== base.reply || note !== base.note
  }

  function set(ticketId: string, changes: Partial<Written>): void {
    keep(ticketId, { ...get(ticketId), ...changes })
    if (isChanged(ticketId)) putSoon(ticketId)
  }

  /** In memory and in this browser. What is empty here but not at the desk is remembered until the desk knows. */
  function keep(ticketId: string, draft: Written): void {
    const key = prefix() + ticketId
    const base = baseOf(ticketId)
    const isEmpty = draft.reply === '' && draft.note === ''
    if (isEmpty) drafts.delete(ticketId)
    else drafts.set(ticketId, draft)
    try {
      if (isEmpty && base.reply === '' && base.note === '') localStorage.removeItem(key)
      else localStorage.setItem(key, JSON.stringify({ ...draft, base } satisfies Kept))
    } catch {
      // A full or forbidden storage: the words stay on the screen.
    }
  }

  function putSoon(ticketId: string): void {
    clearTimeout(timers.get(ticketId))
    timers.set(ticketId, setTimeout(() => void put(ticketId), PUT_DELAY_MS))
  }

  /** Tells the desk now. What cannot be told is told when the connection is back. */
  async function put(ticketId: string): Promise<void> {
    clearTimeout(timers.get(ticketId))
    const running = puts.get(ticketId)
    if (running) return void running.then(() => isChanged(ticketId) && putSoon(ticketId))
    if (!isChanged(ticketId) || !session.current) return
    const written = get(ticketId)
    const telling = api
      .put(ticketId, { ...written, seen: baseOf(ticketId).counter })
      .then(({ draft, stored }) => {
        if (!stored) return receive(draft)
        bases.set(ticketId, draft)
        keep(ticketId, get(ticketId))
      })
      .catch(() => {})
    puts.set(ticketId, telling)
    await telling
    puts.delete(ticketId)
    const said = waiting.get(ticketId)
    waiting.delete(ticketId)
    if (said) receive(said)
  }

  /** What another device of this agent wrote, or this one before. */
  function receive(draft: ServerDraft): void {
    const ticketId = draft.ticket_id
    const base = baseOf(ticketId)
    if (draft.counter <= base.counter) return
    const mine = get(ticketId)
    const reply = mergeWords(base.reply, mine.reply, draft.reply)
    const note = mergeWords(base.note, mine.note, draft.note)
    const mode = drafts.has(ticketId) ? mine.mode : draft.mode
    bases.set(ticketId, { counter: draft.counter, reply: draft.reply, note: draft.note })
    keep(ticketId, { mode, reply, note })
    if (isChanged(ticketId)) putSoon(ticketId)
  }

  /** From the live socket. */
  function applyLive(draft: ServerDraft): void {
    if (puts.has(draft.ticket_id)) waiting.set(draft.ticket_id, draft)
    else receive(draft)
  }

  /** After a gap: what the desk has, and what this device has still to tell it. */
  async function load(): Promise<void> {
    const asked = new Map(bases)
    const { drafts: found } = await api.list()
    const there = new Set(found.map((draft) => draft.ticket_id))
    for (const draft of found) applyLive(draft)
    for (const [ticketId, base] of asked) {
      // What the socket has said since we asked is newer than the answer.
      if (bases.get(ticketId) !== base) continue
      // Sent or emptied elsewhere meanwhile.
      const isGone = !there.has(ticketId) && (base.reply !== '' || base.note !== '')
      if (!isGone || puts.has(ticketId)) continue
      const { reply, note, mode } = get(ticketId)
      bases.set(ticketId, { ...base, reply: '', note: '' })
      keep(ticketId, { mode, reply: reply === base.reply ? '' : reply, note: note === base.note ? '' : note })
    }
    for (const ticketId of new Set([...drafts.keys(), ...bases.keys()])) if (isChanged(ticketId)) void put(ticketId)
  }

  function clear(): void {
    for (const timer of timers.values()) clearTimeout(timer)
    drafts.clear()
    bases.clear()
  }

  return { get, has, set, put, restore, load, applyLive, clear }
})
