/** Calls the agent's attention: a spoken line for screen readers, and where wanted a sound and a desktop notification. */
import { isActive } from '@/lib/status'
import type { Frame, Ticket } from '@/api/types'
import { i18n } from '@/i18n'
import { isolate } from '@/lib/text'
import { router } from '@/router'
import { useNotices } from '@/stores/notices'
import { usePreferences } from '@/stores/preferences'
import { useSession } from '@/stores/session'
import { playChime } from './chime'

type EventFrame = Extract<Frame, { type: 'event' }>

/** Does this event want this agent: a customer wrote to him, or a ticket reached the queue? */
export function concerns(frame: EventFrame, agentId: string): boolean {
  const { event, ticket } = frame
  if (!ticket || ticket.owner !== 'agents' || !isActive(ticket)) return false
  if (event.type === 'message.received') return ticket.assignee?.id === agentId
  if (event.type === 'ticket.handed_over') return ticket.assignee === null || ticket.assignee.id === agentId
  if (event.type === 'ticket.assigned') return ticket.assignee?.id === agentId && event.actor !== 'system'
  return false
}

export function attend(frame: EventFrame, openTicketId: string | null): void {
  const session = useSession()
  if (!concerns(frame, session.agentId) || frame.event.actor_name === session.current?.agent.name) return
  const preferences = usePreferences()
  const { t } = i18n.global
  const ticket = frame.ticket!
  const name = isolate(ticket.contact.name ?? t('contact.unknown'))
  const words = frame.event.type === 'message.received' ? t('attention.message', { name }) : t('attention.ticket', { name })
  useNotices().announce(words)
  if (preferences.sound) playChime()
  const isLooking = document.visibilityState === 'visible' && (openTicketId === ticket.id || document.hasFocus())
  if (preferences.notifications && !isLooking) notify(words, ticket)
}

function notify(words: string, ticket: Ticket): void {
  if (typeof Notification === 'undefined' || Notification.permission !== 'granted') return
  const notification = new Notification(words, { body: ticket.last_message?.text ?? '', tag: ticket.id })
  notification.onclick = () => {
    window.focus()
    void router.push({ name: 'inbox', params: { view: 'mine', id: ticket.id } })
    notification.close()
  }
}
