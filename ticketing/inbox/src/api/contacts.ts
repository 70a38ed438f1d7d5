/** Contacts: found, shown, merged and told apart (docs/api/contacts.md). */
import { request, withQuery } from './client'
import type { FieldValues, Identity } from './types'

export interface ContactRow {
  id: string
  name: string | null
  language: string | null
  tags: string[]
  created_at: string
  identities: Identity[]
  tickets: number
  active_tickets: number
  last_message_at: string | null
}

export interface ContactMerge {
  id: string
  contact_id: string
  name: string | null
  at: string
  agent: { id: string; name: string } | null
}

export interface ContactDetail extends ContactRow {
  fields: FieldValues
  merged_into: string | null
  merges: ContactMerge[]
}

export interface Duplicate {
  reason: 'telephone' | 'mail' | 'contract'
  contact: ContactRow
}

export const contacts = {
  list: (q: string, cursor: string | null, signal?: AbortSignal) =>
    request<{ contacts: ContactRow[]; next_cursor: string | null }>('GET', withQuery('/api/contacts', { q, cursor, limit: 50 }), undefined, signal),
  read: (id: string) => request<ContactDetail>('GET', `/api/contacts/${id}`),
  duplicates: (id: string) => request<{ duplicates: Duplicate[] }>('GET', `/api/contacts/${id}/duplicates`),
  distinct: (id: string, otherId: string) => request<void>('POST', `/api/contacts/${id}/distinct`, { other_id: otherId }),
  merge: (id: string, into: string, take: string[]) => request<{ contact: ContactDetail; merge_id: string }>('POST', `/api/contacts/${id}/merge`, { into, take }),
  undo: (mergeId: string) => request<ContactDetail>('POST', `/api/contact_merges/${mergeId}/undo`, {}),
}
