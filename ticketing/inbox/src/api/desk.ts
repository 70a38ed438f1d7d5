/** Every call the interface makes, one line each. All of them throw `ApiError`. */
import { toParameters, type Filter, type Order } from '@/lib/filters'
import { request, withQuery } from './client'
import type { StatusAfter } from './replies'
import type {
  Account,
  Agent,
  Attachment,
  Category,
  FailedEvent,
  InterfaceLanguage,
  Message,
  Session,
  Suggestion,
  Team,
  Ticket,
  TicketDetail,
  TicketPage,
  Timeline,
  ViewName,
} from './types'

export const session = {
  read: () => request<Session>('GET', '/api/session'),
  open: (email: string, password: string) => request<Session>('POST', '/api/session', { email, password }),
  setLanguage: (language: InterfaceLanguage) => request<Session>('PATCH', '/api/session', { language }),
  close: () => request<void>('DELETE', '/api/session'),
}

export interface TicketQuery {
  view: ViewName
  q?: string
  order?: Order
  filter?: Filter
  cursor?: string | null
  limit?: number
}

export const tickets = {
  list: ({ filter = {}, ...query }: TicketQuery, signal?: AbortSignal) =>
    request<TicketPage>('GET', withQuery('/api/tickets', { ...toParameters(filter), ...query }), undefined, signal),
  read: (id: string) => request<TicketDetail>('GET', `/api/tickets/${id}`),
  timeline: (id: string, before?: string) =>
    request<Timeline>('GET', withQuery(`/api/tickets/${id}/timeline`, { before, limit: 50 })),
  /** From a little before a message on to the newest. */
  timelineAround: (id: string, around: string) =>
    request<Timeline>('GET', withQuery(`/api/tickets/${id}/timeline`, { around, limit: 20 })),
  claim: (id: string, version: number) => request<Ticket>('POST', `/api/tickets/${id}/claim`, { version }),
  takeOver: (id: string) => request<Ticket>('POST', `/api/tickets/${id}/take_over`, {}),
  release: (id: string, version: number) => request<Ticket>('POST', `/api/tickets/${id}/release`, { version }),
  assign: (id: string, version: number, to: { agent_id: string | null; team_id: string | null }) =>
    request<Ticket>('POST', `/api/tickets/${id}/assign`, { version, ...to }),
  close: (id: string, version: number) => request<Ticket>('POST', `/api/tickets/${id}/close`, { version }),
  reopen: (id: string, version: number) => request<Ticket>('POST', `/api/tickets/${id}/reopen`, { version }),
  setCategory: (id: string, version: number, category: string | null) => request<Ticket>('PATCH', `/api/tickets/${id}`, { version, category }),
  suggestions: (id: string) => request<{ question: string | null; suggestions: Suggestion[] }>('GET', `/api/tickets/${id}/suggestions`),
  usedSuggestion: (id: string, suggestion: string, edited: boolean) =>
    request<void>('POST', `/api/tickets/${id}/suggestions/used`, { suggestion, edited }),
  markRead: (id: string) => request<Ticket>('POST', `/api/tickets/${id}/read`, {}),
}

export interface Reply {
  client_id: string
  text: string
  conversation_id?: string
  attachment_ids?: string[]
  seen_message_id?: string
  force?: boolean
  canned_ids?: string[]
  status_after?: StatusAfter
}

export interface Note {
  client_id: string
  text: string
  mentions?: { kind: 'agent' | 'team'; id: string }[]
}

export const messages = {
  reply: (ticketId: string, reply: Reply) =>
    request<{ messages: Message[] }>('POST', `/api/tickets/${ticketId}/reply`, reply),
  note: (ticketId: string, note: Note) =>
    request<{ messages: Message[] }>('POST', `/api/tickets/${ticketId}/note`, note),
  retry: (id: string) => request<unknown>('POST', `/api/messages/${id}/retry`, {}),
  cancel: (id: string) => request<unknown>('POST', `/api/messages/${id}/cancel`, {}),
}

export const attachments = {
  upload: (file: File) => {
    const form = new FormData()
    form.append('file', file, file.name)
    return request<Attachment>('POST', '/api/uploads', form)
  },
  url: (id: string) => `/api/attachments/${id}`,
}

export const directory = {
  agents: () => request<{ agents: Agent[] }>('GET', '/api/agents'),
  categories: () => request<{ categories: Category[] }>('GET', '/api/categories'),
  teams: () => request<{ teams: Team[] }>('GET', '/api/teams'),
}

export const operations = {
  accounts: () => request<{ accounts: Account[] }>('GET', '/api/channels'),
  resume: (key: string) => request<unknown>('POST', `/api/channels/${encodeURIComponent(key)}/resume`, {}),
  failedEvents: (cursor?: string) =>
    request<{ failed_events: FailedEvent[]; next_cursor: string | null }>(
      'GET',
      withQuery('/api/failed_events', { cursor }),
    ),
  replay: (id: string) => request<unknown>('POST', `/api/failed_events/${id}/replay`, {}),
}
