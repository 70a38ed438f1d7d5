/** Asks for what must be known before a ticket counts as solved, where the agent is, and goes on to the next. */
import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import type { FieldValue, Ticket } from '@/api/types'
import type { CustomField } from '@/api/ticketing'
import { useTicketing } from './ticketing'

/** What was still missing, to be saved together with the status. */
export interface Missing {
  category?: string
  fields?: Record<string, FieldValue | null>
  reason?: 'junk'
}

interface Asking {
  ticket: Ticket
  fields: CustomField[]
  mayBeJunk: boolean
  answer: (missing: Missing | null) => void
}

const isEmpty = (value: unknown) => value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)

export const useSolving = defineStore('solving', () => {
  const ticketing = useTicketing()
  const asking = shallowRef<Asking | null>(null)
  /** Where the page with the list says which ticket comes next, and how to open it. */
  const path = shallowRef<{ next: () => string | null; open: (id: string) => void } | null>(null)

  /** What is to be saved with the solution; null: the agent thought better of it. */
  async function prepare(ticket: Ticket, { mayBeJunk = true } = {}): Promise<Missing | null> {
    if (ticket.owner === 'assistant') return {}
    try {
      await ticketing.load()
    } catch {
      return {} // the desk says itself what is missing
    }
    const missing = ticketing.fieldsOf('ticket').filter((field) => field.required_to_solve && isEmpty(ticket.fields[field.key]))
    if (ticket.category && missing.length === 0) return {}
    return ask(ticket, missing, mayBeJunk)
  }

  function ask(ticket: Ticket, fields: CustomField[], mayBeJunk: boolean): Promise<Missing | null> {
    asking.value?.answer(null)
    return new Promise((resolve) => {
      asking.value = {
        ticket,
        fields,
        mayBeJunk,
        answer: (missing) => {
          asking.value = null
          resolve(missing)
        },
      }
    })
  }

  return { asking, path, prepare }
})
