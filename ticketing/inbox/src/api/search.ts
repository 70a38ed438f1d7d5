/** Views and search (docs/api/search.md). */
import { toParameters, type Filter, type Order } from '@/lib/filters'
import { request, withQuery } from './client'
import type { Author, InterfaceLanguage, Message, Person, StatusColor, Ticket, ViewCounts } from './types'

export type Share = 'built_in' | 'me' | 'team' | 'everybody'
export interface View {
  id: string
  names: Partial<Record<InterfaceLanguage, string>> | null
  filter: Filter
  order: Order
  icon: string
  color: StatusColor
  position: number
  share: Share
  team_id: string | null
  owner: Person | null
  can_change: boolean
}
export type ViewChange = Partial<Pick<View, 'names' | 'filter' | 'order' | 'icon' | 'color' | 'position' | 'share' | 'team_id'>>

export interface Part {
  text: string
  hit: boolean
}
export interface Hit {
  kind: 'message' | 'contact' | 'number' | 'attachment' | 'handover' | 'tag' | 'contract'
  parts: Part[]
  message_id: string | null
  author: Author | null
  direction: Message['direction'] | null
  at: string | null
}
export interface SearchResult {
  ticket: Ticket
  hits: Hit[]
}
export interface SearchPage {
  results: SearchResult[]
  next_cursor: string | null
}
export interface SearchQuery {
  q: string
  filter: Filter
  order: 'newest' | 'best'
  author?: string
  attachment?: boolean
  cursor?: string | null
}

export const views = {
  list: () => request<{ views: View[]; counts: ViewCounts }>('GET', '/api/views'),
  create: (view: ViewChange) => request<View>('POST', '/api/views', view),
  change: (id: string, change: ViewChange) => request<View>('PATCH', `/api/views/${id}`, change),
  remove: (id: string) => request<void>('DELETE', `/api/views/${id}`),
}

export const search = ({ filter, attachment, ...query }: SearchQuery, signal?: AbortSignal) =>
  request<SearchPage>('GET', withQuery('/api/search', { ...toParameters(filter), ...query, attachment: attachment ? 'true' : null, limit: 20 }), undefined, signal)
