/** Statuses as a person sees them: a shape and a tone each, so that none is told by colour alone. Pure. */
import { CircleCheckBig, CircleDashed, CircleDot, CirclePause, Hourglass, Lock, AlarmClock } from '@lucide/vue'
import type { Component } from 'vue'
import type { StatusColor, Ticket, TicketStatus } from '@/api/types'

export const STATUS_ICONS: Record<TicketStatus, Component> = {
  new: CircleDashed,
  open: CircleDot,
  pending: Hourglass,
  on_hold: CirclePause,
  snoozed: AlarmClock,
  solved: CircleCheckBig,
  closed: Lock,
}

export const STATUS_TONES: Record<TicketStatus, StatusColor> = {
  new: 'accent',
  open: 'neutral',
  pending: 'note',
  on_hold: 'warning',
  snoozed: 'note',
  solved: 'success',
  closed: 'neutral',
}

/** Is there still something to do about it? */
export const isActive = (ticket: Pick<Ticket, 'status'>): boolean => ticket.status !== 'solved' && ticket.status !== 'closed'

/** Does it stand anywhere else than a ticket does that is simply being worked on? */
export const isNotable = (ticket: Pick<Ticket, 'status' | 'custom_status'>): boolean => ticket.custom_status !== null || (ticket.status !== 'new' && ticket.status !== 'open')
