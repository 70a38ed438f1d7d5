/** Changing a ticket, and what an organisation makes of its tickets (docs/api/tickets.md). */
import { request } from './client'
import type { Category, CategoryGroup, FieldValue, FieldValues, InterfaceLanguage, StatusColor, Ticket, TicketStatus } from './types'

export type Names = Record<InterfaceLanguage, string>

export interface TicketChange {
  category?: string | null
  priority?: number
  status?: TicketStatus
  status_key?: string | null
  snoozed_until?: string
  tags?: string[]
  fields?: Record<string, FieldValue | null>
  reason?: 'junk'
}

export interface CustomStatus {
  key: string
  status: 'open' | 'pending' | 'on_hold' | 'solved'
  names: Names
  color: StatusColor
  position: number
  archived: boolean
  tickets: number
}

export interface Tag {
  name: string
  tickets: number
}

export type FieldKind = 'text' | 'number' | 'date' | 'choice' | 'choices' | 'checkbox' | 'phone' | 'contract'

export interface CustomField {
  key: string
  subject: 'ticket' | 'contact'
  kind: FieldKind
  names: Names
  hints: Names | null
  options: { key: string; names: Names }[]
  required_to_solve: boolean
  pattern: string | null
  minimum: number | null
  maximum: number | null
  roles: string[]
  position: number
  archived: boolean
}

export type FieldChange = Partial<Omit<CustomField, 'key' | 'subject' | 'kind'>>
export type StatusChange = Partial<Pick<CustomStatus, 'names' | 'color' | 'position' | 'archived'>>
export interface CategoryChange {
  names?: Names
  priority?: number
  group?: string | null
  team?: string | null
  restricted?: boolean
  visit?: boolean
  receipt?: boolean
  position?: number
  active?: boolean
}

export const change = (id: string, version: number, changes: TicketChange) => request<Ticket>('PATCH', `/api/tickets/${id}`, { version, ...changes })
export const startConversation = (id: string, identity_id: string) =>
  request<{ conversation_id: string; created: boolean }>('POST', `/api/tickets/${id}/conversations`, { identity_id })
export const changeContact = (id: string, changes: { fields?: Record<string, FieldValue | null>; tags?: string[] }) =>
  request<{ id: string; fields: FieldValues; tags: string[] }>('PATCH', `/api/contacts/${id}`, changes)

const part = encodeURIComponent

export const statuses = {
  list: () => request<{ statuses: CustomStatus[] }>('GET', '/api/ticket_statuses'),
  add: (status: Pick<CustomStatus, 'status' | 'names' | 'color'>) => request<CustomStatus>('POST', '/api/ticket_statuses', status),
  change: (key: string, changes: StatusChange) => request<CustomStatus>('PATCH', `/api/ticket_statuses/${part(key)}`, changes),
  remove: (key: string) => request<{ archived: boolean }>('DELETE', `/api/ticket_statuses/${part(key)}`),
}

export const tags = {
  list: () => request<{ tags: Tag[] }>('GET', '/api/tags'),
  add: (name: string) => request<Tag>('POST', '/api/tags', { name }),
  rename: (tag: string, name: string) => request<Tag>('PATCH', `/api/tags/${part(tag)}`, { name }),
  merge: (tag: string, into: string) => request<Tag>('POST', `/api/tags/${part(tag)}/merge`, { into }),
  remove: (tag: string) => request<void>('DELETE', `/api/tags/${part(tag)}`),
}

export const fields = {
  list: () => request<{ fields: CustomField[] }>('GET', '/api/fields'),
  add: (field: FieldChange & Pick<CustomField, 'subject' | 'kind'>) => request<CustomField>('POST', '/api/fields', field),
  change: (key: string, changes: FieldChange) => request<CustomField>('PATCH', `/api/fields/${part(key)}`, changes),
  remove: (key: string) => request<{ archived: boolean }>('DELETE', `/api/fields/${part(key)}`),
}

export const categories = {
  list: () => request<{ categories: Category[]; groups: CategoryGroup[] }>('GET', '/api/categories'),
  add: (category: CategoryChange & { code: string }) => request<Category>('POST', '/api/categories', category),
  change: (code: string, changes: CategoryChange) => request<Category>('PATCH', `/api/categories/${part(code)}`, changes),
  addGroup: (names: Names) => request<CategoryGroup>('POST', '/api/category_groups', { names }),
  changeGroup: (key: string, changes: { names?: Names; position?: number }) => request<CategoryGroup>('PATCH', `/api/category_groups/${part(key)}`, changes),
  removeGroup: (key: string) => request<void>('DELETE', `/api/category_groups/${part(key)}`),
}
