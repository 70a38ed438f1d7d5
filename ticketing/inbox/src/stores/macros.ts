/** Macros an agent may run. Read once, when first needed. */
import { defineStore } from 'pinia'
import { ref } from 'vue'
import * as api from '@/api/automation'
import type { Ticket } from '@/api/types'
import { useSession } from './session'
import { useThreads } from './threads'
import { useTickets } from './tickets'

export const useMacros = defineStore('macros', () => {
  const all = ref<api.Macro[]>([])
  let reading: Promise<void> | null = null
  const session = useSession()

  /** What failed is tried again by the next who needs it. */
  function load(): Promise<void> {
    reading ??= api.macros
      .list()
      .then((found) => void (all.value = found.macros))
      .catch((problem: unknown) => {
        reading = null
        throw problem
      })
    return reading
  }

  /** Read again with the next need: they were changed. */
  function forget(): void {
    reading = null
  }

  /** In the agent's language, or the nearest there is. */
  function nameOf(one: { names: api.SomeNames }): string {
    const { names } = one
    return names[session.language] ?? names.fr ?? names.ar ?? names.en ?? ''
  }

  /** All of it, or nothing (ApiError with the step in `fields.step`). */
  async function run(ticket: Ticket, macro: api.Macro): Promise<api.StepResult[]> {
    const done = await api.macros.run(ticket.id, macro.id, ticket.version)
    useTickets().applyAnswer(done.ticket)
    useThreads().applyRow(done.ticket)
    return done.steps
  }

  return { all, load, forget, nameOf, run }
})
