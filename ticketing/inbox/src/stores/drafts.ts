/** Unsent words per agent and ticket, kept in this browser until they are sent. */
import { defineStore } from 'pinia'
import { reactive } from 'vue'
import { useSession } from './session'

export type Mode = 'reply' | 'note'

export interface Written {
  mode: Mode
  reply: string
  note: string
}

export const useDrafts = defineStore('drafts', () => {
  const session = useSession()
  const drafts = reactive(new Map<string, Written>())
  const prefix = () => `wasl.draft.${session.agentId}.`

  function restore(): void {
    drafts.clear()
    for (const key of Object.keys(localStorage).filter((one) => one.startsWith(prefix()))) {
      drafts.set(key.slice(prefix().length), JSON.parse(localStorage.getItem(key)!) as Written)
    }
  }

  const get = (ticketId: string): Written => drafts.get(ticketId) ?? { mode: 'reply', reply: '', note: '' }

  const has = (ticketId: string): boolean => {
    const draft = drafts.get(ticketId)
    return draft !== undefined && (draft.reply.trim() !== '' || draft.note.trim() !== '')
  }

  function set(ticketId: string, changes: Partial<Written>): void {
    const draft = { ...get(ticketId), ...changes }
    const key = prefix() + ticketId
    if (draft.reply === '' && draft.note === '') {
      drafts.delete(ticketId)
      localStorage.removeItem(key)
      return
    }
    drafts.set(ticketId, draft)
    try {
      localStorage.setItem(key, JSON.stringify(draft))
    } catch {
      // A full or forbidden storage: the words stay on the screen.
    }
  }

  return { get, has, set, restore, clear: () => drafts.clear() }
})
