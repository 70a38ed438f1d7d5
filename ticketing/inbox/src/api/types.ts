/** The shapes of docs/api.md, word for word. Times are ISO 8601 in UTC, ids are UUIDs. */
import type { ServerDraft } from './replies'
import type { TicketClock, TicketSla } from './sla'

import type { Overview, Presence } from './routing'

export type InterfaceLanguage = 'ar' | 'fr' | 'en'
/** A built-in view's name, or the id of a saved one. */
export type ViewName = string
export type ViewCounts = Record<ViewName, number>

export interface Agent {
  id: string
  name: string
  email: string
  role: string
  language: InterfaceLanguage
}

export interface Team {
  id: string
  key: string
  names: Record<InterfaceLanguage, string>
}

/** From `from` on, local time is UTC plus `minutes`: a browser's own time-zone data may be out of date. */
export interface UtcOffset {
  from: string
  minutes: number
}

export interface Session {
  agent: Agent
  permissions: string[]
  teams: Team[]
  time_zone: string
  utc_offsets?: UtcOffset[]
  brand: { name: string; short_name: string }
  demonstration: boolean
  sandbox_url: string | null
  role_names: Record<InterfaceLanguage, string>
  session_id: string | null
  /** The role requires a second factor that is still missing: nothing is allowed before. */
  second_factor_due: boolean
}

export interface Person {
  id: string
  name: string
}

export interface LastMessage {
  author: Author
  text: string
  kind: Kind
}

export type TicketStatus = 'new' | 'open' | 'pending' | 'on_hold' | 'snoozed' | 'solved' | 'closed'
export type StatusColor = 'neutral' | 'accent' | 'note' | 'success' | 'warning' | 'danger'
/** What is kept in an organisation's own fields, by the field's key. */
export type FieldValue = string | number | boolean | string[]
export type FieldValues = Record<string, FieldValue>

export interface Ticket {
  id: string
  number: string | null
  owner: 'assistant' | 'agents'
  status: TicketStatus
  custom_status: { key: string; names: Record<InterfaceLanguage, string>; color: StatusColor } | null
  snoozed_until: string | null
  solved_at: string | null
  close_reason: string | null
  follows: { id: string; number: string | null } | null
  merged_into: { id: string; number: string | null } | null
  parent: { id: string; number: string | null } | null
  tags: string[]
  fields: FieldValues
  priority: number
  version: number
  contact: { id: string; name: string | null; language: string | null }
  assignee: Person | null
  team: Team | null
  channels: string[]
  opened_at: string
  handed_over_at: string | null
  closed_at: string | null
  last_message_at: string
  waiting_since: string | null
  unread: number
  rating: number | null
  last_message: LastMessage | null
  handover_reason: string | null
  category: CategoryName | null
  sla: TicketSla | null
}

export interface CategoryName {
  code: string
  names: Record<InterfaceLanguage, string>
  restricted: boolean
}

export interface Category extends CategoryName {
  priority: number
  team: Team | null
  group: string | null
  visit: boolean
  receipt: boolean
  position: number
  active: boolean
}

export interface CategoryGroup {
  key: string
  names: Record<InterfaceLanguage, string>
  position: number
}

/** One thing known about the request, with its own label. */
export interface Fact {
  name: string
  labels: Record<InterfaceLanguage, string>
  values: Record<InterfaceLanguage, string>
}

export type PromiseTimes = Record<'first_answer_by' | 'action_by' | 'resolve_by' | 'legal_by', string | null>

export interface QueuePlace {
  position: number
  team: Team | null
  people_there: number
}

/** What a reply may start from. */
export interface Suggestion {
  id: string
  kind: 'article' | 'answer'
  title: string | null
  text: string
  url: string | null
  language: string
}

export interface Identity {
  id: string
  channel: string
  address: string
  name: string | null
  phone: string | null
}

export interface MediaLimit {
  content_types: string[]
  max_bytes: number
}

export interface Conversation {
  id: string
  account: string
  channel: string
  identity: { address: string; name: string | null; phone: string | null }
  window_expires_at: string | null
  language: string | null
  capabilities: { text_length: number; media: Record<string, MediaLimit>; receipts: string[] }
}

export interface Handover {
  reason: string
  summary: string | null
  summary_ar: string | null
  summary_fr: string | null
  intent: string | null
  language: string | null
  slots: Record<string, unknown>
  at: string
  category: CategoryName | null
  priority: number | null
  team: Team | null
  facts: Fact[]
}

export interface OtherTicket {
  id: string
  number: string | null
  status: Ticket['status']
  opened_at: string
}

export interface TicketDetail extends Ticket {
  handover: Handover | null
  promise: PromiseTimes | null
  queue: QueuePlace | null
  clocks: TicketClock[]
  conversations: Conversation[]
  /** Of fields that only some roles see. */
  private_fields: FieldValues
  contact: Ticket['contact'] & { tags: string[]; fields: FieldValues; identities: Identity[]; tickets: OtherTicket[] }
}

export type Author = 'customer' | 'assistant' | 'agent' | 'system'
export type Kind =
  | 'text'
  | 'image'
  | 'audio'
  | 'video'
  | 'document'
  | 'sticker'
  | 'location'
  | 'contacts'
  | 'choice'
  | 'reaction'
  | 'order'
  | 'system'
  | 'template'
  | 'unsupported'
export type MessageState = 'pending' | 'sending' | 'sent' | 'delivered' | 'read' | 'failed' | 'unknown' | 'cancelled'

export interface Attachment {
  id: string
  kind: string
  content_type: string
  name: string | null
  size: number | null
  state: 'pending' | 'stored' | 'failed'
}

export interface Choice {
  id: string
  title: string
  description: string | null
}

export interface Location {
  latitude: number
  longitude: number
  name: string | null
  address: string | null
}

export interface Content {
  text: string
  choices: Choice[]
  choice_id: string | null
  location: Location | null
  attachments: Attachment[]
  template: { name: string } | null
  extra: Record<string, unknown>
}

export interface Failure {
  reason: string
  detail: string | null
}

export interface Message {
  id: string
  ticket_id: string
  conversation_id: string
  channel: string
  position: number
  direction: 'inbound' | 'outbound' | 'note'
  author: Author
  author_name: string | null
  kind: Kind
  content: Content
  state: MessageState | null
  failure: Failure | null
  client_id: string | null
  reply_to_message_id: string | null
  /** Until then it has not left; also of one that was taken back. */
  undo_until: string | null
  created_at: string
}

/** Somebody who has the same ticket on the screen. */
export interface Looker extends Person {
  typing: boolean
}

export interface DeskEvent {
  id: string
  type: string
  ticket_id: string | null
  actor: 'customer' | 'assistant' | 'agent' | 'system' | 'channel'
  actor_name: string | null
  data: Record<string, unknown>
  at: string
}

export type Entry = { type: 'message'; message: Message } | { type: 'event'; event: DeskEvent }

export interface Timeline {
  entries: Entry[]
  has_more: boolean
}

export interface TicketPage {
  tickets: Ticket[]
  next_cursor: string | null
}

export interface Account {
  key: string
  channel: string
  state: string
  reason: string | null
  since: string | null
}

export interface FailedEvent {
  id: string
  account: string
  reason: string
  raw: unknown
  created_at: string
  replayed_at: string | null
}

/** What the live socket says. */
export type Frame =
  | { type: 'hello'; cursor: string; views: ViewCounts }
  | { type: 'reset'; cursor: string }
  | { type: 'event'; cursor: string; event: DeskEvent; ticket: Ticket | null; message: Message | null }
  | { type: 'views'; views: ViewCounts; changed?: true }
  | { type: 'lookers'; ticket_id: string; agents: Looker[] }
  | { type: 'draft'; draft: ServerDraft }
  | { type: 'presence'; cursor: string; presence: Omit<Presence, 'name'> }
  | { type: 'overview'; overview: Overview }
  | { type: 'notifications'; unread: number }
  | { type: 'ping' }
