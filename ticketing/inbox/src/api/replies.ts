/** Canned answers, drafts, scheduled replies, taking back, and the composer's preferences: docs/api/replies.md. */
import { request, withQuery } from './client'
import type { Attachment, InterfaceLanguage, Message, Person, Team } from './types'

export type Scope = 'everybody' | 'team' | 'personal'
/** How customers write: Arabic, Darija in either script, French, English. */
export const TEXT_LANGUAGES = ['ar', 'ary-Arab', 'ary-Latn', 'fr', 'en'] as const
export type TextLanguage = (typeof TEXT_LANGUAGES)[number]

export interface Canned {
  id: string
  shortcode: string
  title: string
  texts: Partial<Record<TextLanguage, string>>
  category: string | null
  scope: Scope
  team: Team | null
  owner: Person | null
  uses: number
  version: number
  updated_at: string
  editable: boolean
}

export interface CannedWriting {
  shortcode: string
  title: string
  texts: Partial<Record<TextLanguage, string>>
  category: string | null
  scope: Scope
  team_id: string | null
}

export interface Filled {
  text: string
  language: TextLanguage
  gaps: { name: string; label: string }[]
}

export interface Variable {
  name: string
  labels: Record<InterfaceLanguage, string>
}

export interface ServerDraft {
  ticket_id: string
  mode: 'reply' | 'note'
  reply: string
  note: string
  conversation_id: string | null
  counter: number
  changed_at: string
}

export interface TakenBack {
  text: string
  attachments: Attachment[]
  conversation_id: string
}

export type StatusAfter = 'open' | 'pending' | 'on_hold' | 'solved'

export interface Scheduled {
  id: string
  ticket_id: string
  conversation_id: string
  agent: Person
  text: string
  attachments: Attachment[]
  status_after: StatusAfter | null
  send_at: string
  send_anyway: boolean
  state: 'waiting' | 'held' | 'sent' | 'cancelled'
  reason: string | null
  created_at: string
}

export interface ScheduleWriting {
  client_id: string
  text: string
  conversation_id?: string
  attachment_ids: string[]
  send_at: string
  send_anyway: boolean
  status_after?: StatusAfter
}

export interface ComposerPreferences {
  undo_seconds: number | null
  undo_default: number
  signatures: Partial<Record<InterfaceLanguage, string>>
}

export interface CannedQuery {
  q?: string
  category?: string | null
  scope?: Scope | null
  limit?: number
  cursor?: string | null
}

export const canned = {
  list: (query: CannedQuery, signal?: AbortSignal) =>
    request<{ canned: Canned[]; next_cursor: string | null }>('GET', withQuery('/api/canned', { ...query }), undefined, signal),
  variables: () => request<{ variables: Variable[] }>('GET', '/api/canned/variables'),
  create: (writing: CannedWriting) => request<Canned>('POST', '/api/canned', writing),
  change: (id: string, version: number, writing: CannedWriting) => request<Canned>('PATCH', `/api/canned/${id}`, { version, ...writing }),
  remove: (id: string) => request<void>('DELETE', `/api/canned/${id}`),
  fill: (ticketId: string, id: string, language?: TextLanguage) =>
    request<Filled>('POST', `/api/tickets/${ticketId}/canned/${id}`, language ? { language } : {}),
}

export const drafts = {
  list: () => request<{ drafts: ServerDraft[] }>('GET', '/api/drafts'),
  put: (ticketId: string, words: { mode: string; reply: string; note: string; seen: number }) =>
    request<{ draft: ServerDraft; stored: boolean }>('PUT', `/api/tickets/${ticketId}/draft`, words),
}

export const scheduled = {
  list: (ticketId: string) => request<{ scheduled: Scheduled[] }>('GET', `/api/tickets/${ticketId}/scheduled`),
  add: (ticketId: string, writing: ScheduleWriting) => request<Scheduled>('POST', `/api/tickets/${ticketId}/scheduled`, writing),
  change: (id: string, changes: { text?: string; send_at?: string; send_anyway?: boolean }) =>
    request<Scheduled>('PATCH', `/api/scheduled/${id}`, changes),
  send: (id: string) => request<{ messages: Message[] }>('POST', `/api/scheduled/${id}/send`, {}),
  cancel: (id: string) => request<{ taken_back: TakenBack }>('DELETE', `/api/scheduled/${id}`),
}

export const undo = (messageId: string) =>
  request<{ messages: Message[]; taken_back: TakenBack }>('POST', `/api/messages/${messageId}/undo`, {})

export const composer = {
  read: () => request<ComposerPreferences>('GET', '/api/composer'),
  set: (preferences: Pick<ComposerPreferences, 'undo_seconds' | 'signatures'>) =>
    request<ComposerPreferences>('PUT', '/api/composer', preferences),
}
