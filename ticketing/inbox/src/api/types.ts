/** The shapes of the API, by the names the interface uses. Times are ISO 8601 in UTC, ids are UUIDs.
 *  Those of `Shapes` are made from the OpenAPI document (docs/api/openapi.md). */
import type { components } from './schema'
import type { ServerDraft } from './replies'

import type { Overview, Presence } from './routing'

type Shapes = components['schemas']

export type InterfaceLanguage = 'ar' | 'fr' | 'en'
/** A built-in view's name, or the id of a saved one. */
export type ViewName = string
export type ViewCounts = Record<ViewName, number>

export type Agent = Shapes['Agent']
export type Team = Shapes['Team']

/** From `from` on, local time is UTC plus `minutes`: a browser's own time-zone data may be out of date. */
export type UtcOffset = Shapes['UtcOffset']

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

export type Person = Shapes['Person']
export type LastMessage = Shapes['LastMessage']

export type TicketStatus = 'new' | 'open' | 'pending' | 'on_hold' | 'snoozed' | 'solved' | 'closed'
export type StatusColor = 'neutral' | 'accent' | 'note' | 'success' | 'warning' | 'danger'
/** What is kept in an organisation's own fields, by the field's key. */
export type FieldValue = string | number | boolean | string[]
export type FieldValues = Record<string, FieldValue>

export type Ticket = Shapes['Ticket']
export type CategoryName = Shapes['CategoryName']

export interface Category extends CategoryName {
  priority: number
  team: Team | null
  group: string | null
  visit: boolean
  receipt: boolean
  position: number
  active: boolean
}

export type CategoryGroup = Shapes['CategoryGroup']

/** One thing known about the request, with its own label. */
export type Fact = Shapes['Fact']
export type PromiseTimes = Shapes['PromiseTimes']
export type QueuePlace = Shapes['QueuePlace']

/** What a reply may start from. */
export interface Suggestion {
  id: string
  kind: 'article' | 'answer'
  title: string | null
  text: string
  url: string | null
  language: string
}

export type Identity = Shapes['Identity']
export type MediaLimit = Shapes['MediaLimit']
export type Conversation = Shapes['Conversation']
export type Handover = Shapes['Handover']
export type OtherTicket = Shapes['OtherTicket']
export type TicketDetail = Shapes['TicketDetail']

export type Author = 'customer' | 'assistant' | 'agent' | 'system'
export type Kind = Shapes['Kind']
export type MessageState = 'pending' | 'sending' | 'sent' | 'delivered' | 'read' | 'failed' | 'unknown' | 'cancelled'

export interface Attachment {
  id: string
  kind: string
  content_type: string
  name: string | null
  size: number | null
  state: 'pending' | 'stored' | 'failed'
}

export type Choice = Shapes['Choice']
export type Location = Shapes['Location']

export interface Content {
  text: string
  choices: Choice[]
  choice_id: string | null
  location: Location | null
  attachments: Attachment[]
  template: { name: string } | null
  extra: Record<string, unknown>
}

export type Failure = Shapes['Failure']

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

export type DeskEvent = Shapes['Event']

export type Entry = { type: 'message'; message: Message } | { type: 'event'; event: DeskEvent }

export interface Timeline {
  entries: Entry[]
  has_more: boolean
}

export type TicketPage = Shapes['TicketPage']
export type Account = Shapes['Account']
export type FailedEvent = Shapes['FailedEvent']

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
