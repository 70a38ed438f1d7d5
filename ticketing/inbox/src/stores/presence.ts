/** Whether I am there, who else is, and what was pushed to me and waits to be opened. */
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import * as desk from '@/api/desk'
import { presence as api, type Overview, type OwnPresence, type Presence, type PresenceChange, type PresenceState } from '@/api/routing'
import type { DeskEvent, Ticket } from '@/api/types'
import { useSession } from './session'

/** A ticket that was pushed to me; it goes back to its queue at `until` unless I open it. */
export interface OfferedTicket {
  ticket: Ticket
  until: number
}

export const usePresence = defineStore('presence', () => {
  const session = useSession()
  const own = ref<OwnPresence | null>(null)
  const states = ref<Record<string, Pick<Presence, 'state' | 'reason' | 'since'>>>({})
  const offers = ref<OfferedTicket[]>([])
  /** The newest overview the socket sent, for the supervisor's page. */
  const overview = shallowRef<Overview | null>(null)
  const state = computed<PresenceState>(() => own.value?.presence.state ?? 'offline')

  async function load(): Promise<void> {
    adopt(await api.own())
    for (const offer of own.value?.offers ?? []) {
      if (offers.value.some((one) => one.ticket.id === offer.ticket_id)) continue
      offers.value.push({ ticket: await desk.tickets.read(offer.ticket_id), until: Date.parse(offer.until) })
    }
  }

  async function loadEverybody(): Promise<void> {
    const { agents } = await api.everybody()
    states.value = Object.fromEntries(agents.map((one) => [one.agent_id, one]))
  }

  /** How many tickets went back to their queues. */
  async function choose(change: PresenceChange): Promise<number> {
    const answer = await api.choose(change)
    adopt(answer)
    return answer.reassigned
  }

  function adopt(answer: OwnPresence): void {
    own.value = answer
    states.value[answer.presence.agent_id] = answer.presence
  }

  function applyLive(told: Omit<Presence, 'name'>): void {
    states.value[told.agent_id] = told
    if (own.value && told.agent_id === session.agentId) own.value.presence = { ...own.value.presence, ...told }
  }

  /** A pushed ticket is offered; whatever else happens to one that was ends its offer. */
  function applyEvent(event: DeskEvent, ticket: Ticket | null): void {
    if (!ticket) return
    const isMine = ticket.assignee?.id === session.agentId
    if (event.type === 'ticket.assigned' && isMine && typeof event.data.offer_until === 'string') {
      forget(ticket.id)
      offers.value.push({ ticket, until: Date.parse(event.data.offer_until) })
    } else if (!isMine || event.type === 'ticket.accepted' || event.type === 'ticket.bounced') forget(ticket.id)
  }

  function forget(ticketId: string): void {
    if (offers.value.some((one) => one.ticket.id === ticketId)) offers.value = offers.value.filter((one) => one.ticket.id !== ticketId)
  }

  async function accept(ticketId: string): Promise<void> {
    forget(ticketId)
    await api.accept(ticketId)
  }

  async function decline(ticketId: string): Promise<void> {
    forget(ticketId)
    await api.decline(ticketId)
  }

  function clear(): void {
    own.value = null
    overview.value = null
    states.value = {}
    offers.value = []
  }

  return { own, states, offers, overview, state, load, loadEverybody, choose, applyLive, applyEvent, forget, accept, decline, clear }
})
