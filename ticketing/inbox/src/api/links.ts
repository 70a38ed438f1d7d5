/** Tickets that belong together (docs/api/links.md). */
import { request } from './client'
import type { Ticket } from './types'

export interface Move {
  id: string
  kind: 'merge' | 'split'
  source: { id: string; number: string | null }
  target: { id: string; number: string | null }
  agent: { id: string; name: string } | null
  at: string
  undo_until: string
}

export interface Links {
  merged_into: Ticket | null
  split_from: Ticket | null
  parent: Ticket | null
  merged: Ticket[]
  split_into: Ticket[]
  children: Ticket[]
  related: Ticket[]
  moves: Move[]
}

export interface RelatedTicket {
  reason: 'contact' | 'telephone' | 'mail' | 'incident'
  ticket: Ticket
}

export interface Moved {
  ticket: Ticket
  move_id: string
}

export const links = {
  of: (id: string) => request<Links>('GET', `/api/tickets/${id}/links`),
  related: (id: string) => request<{ suggestions: RelatedTicket[] }>('GET', `/api/tickets/${id}/related`),
  merge: (ticket: Ticket, into: Ticket, otherContact: boolean) =>
    request<Moved>('POST', `/api/tickets/${ticket.id}/merge`, { into: into.id, version: ticket.version, into_version: into.version, other_contact: otherContact }),
  split: (ticket: Ticket, messageIds: string[], category: string | null) =>
    request<Moved>('POST', `/api/tickets/${ticket.id}/split`, { version: ticket.version, message_ids: messageIds, category }),
  undo: (moveId: string) => request<Ticket>('POST', `/api/moves/${moveId}/undo`, {}),
  setParent: (ticket: Ticket, parentId: string | null) => request<Ticket>('POST', `/api/tickets/${ticket.id}/parent`, { version: ticket.version, parent_id: parentId }),
  relate: (id: string, otherId: string, related: boolean) => request<Ticket>('POST', `/api/tickets/${id}/relations`, { ticket_id: otherId, related }),
}
