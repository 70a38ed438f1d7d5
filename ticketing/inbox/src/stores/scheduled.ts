/** Replies that leave later, of the tickets opened lately. */
import { defineStore } from 'pinia'
import { shallowReactive } from 'vue'
import { scheduled as api, type Scheduled } from '@/api/replies'

const REMEMBERED = 12

export const useScheduled = defineStore('scheduled', () => {
  const byTicket = shallowReactive(new Map<string, Scheduled[]>())

  const of = (ticketId: string): Scheduled[] => byTicket.get(ticketId) ?? []

  async function load(ticketId: string): Promise<void> {
    const found = (await api.list(ticketId)).scheduled
    byTicket.delete(ticketId)
    byTicket.set(ticketId, found)
    for (const old of [...byTicket.keys()].slice(0, -REMEMBERED)) byTicket.delete(old)
  }

  /** Something about a ticket's scheduled replies happened, here or elsewhere. */
  function happened(ticketId: string | null): void {
    if (ticketId !== null && byTicket.has(ticketId)) void load(ticketId).catch(() => {})
  }

  return { of, load, happened, clear: () => byTicket.clear() }
})
