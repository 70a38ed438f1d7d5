/** Who else has the ticket on the screen, and who writes there. Told to the desk by the one live socket. */
import { defineStore } from 'pinia'
import { reactive, ref } from 'vue'
import type { Looker } from '@/api/types'

/** The desk forgets a writer after six seconds. */
const TYPING_EVERY_MS = 3000
/** Leafing through tickets is no looking. */
const LOOK_DELAY_MS = 250

type Say = (frame: { type: 'look' | 'typing' | 'rest'; ticket_id: string | null }) => void

export const useLookers = defineStore('lookers', () => {
  const there = reactive(new Map<string, Looker[]>())
  const ticketId = ref<string | null>(null)
  let say: Say = () => {}
  let told: string | null = null
  let typedAt = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  const at = (id: string): Looker[] => there.get(id) ?? []

  function look(id: string | null): void {
    ticketId.value = id
    clearTimeout(timer)
    timer = setTimeout(tell, LOOK_DELAY_MS)
  }

  function tell(): void {
    const shown = document.visibilityState === 'hidden' ? null : ticketId.value
    if (shown === told) return
    told = shown
    typedAt = 0
    there.clear()
    say({ type: 'look', ticket_id: shown })
  }

  /** The agent writes on the ticket before the eyes. */
  function typing(now: number = Date.now()): void {
    if (told === null || now - typedAt < TYPING_EVERY_MS) return
    typedAt = now
    say({ type: 'typing', ticket_id: told })
  }

  /** The agent has sent it, or left it. */
  function rest(): void {
    if (typedAt === 0 || told === null) return
    typedAt = 0
    say({ type: 'rest', ticket_id: told })
  }

  function apply(id: string, agents: Looker[]): void {
    if (id !== told) return
    if (agents.length > 0) there.set(id, agents)
    else there.delete(id)
  }

  /** A socket was opened: it knows nothing of us yet. */
  function connected(speak: Say): void {
    say = speak
    told = null
    tell()
  }

  /** The socket is gone: nobody is known to be there. */
  function lost(): void {
    there.clear()
  }

  function clear(): void {
    clearTimeout(timer)
    say = () => {}
    told = ticketId.value = null
    there.clear()
  }

  return { at, look, tell, typing, rest, apply, connected, lost, clear }
})
