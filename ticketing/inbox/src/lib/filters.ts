/** Which tickets: the desk's one vocabulary (docs/api/search.md), in the address, in requests and for rows at hand. Pure. */
import type { Ticket } from '@/api/types'
import { isActive } from '@/lib/status'

export interface Filter {
  status?: string[]
  custom_status?: string[]
  owner?: string
  priority?: number[]
  rating?: number[]
  assignee?: string[]
  team?: string[]
  category?: string[]
  channel?: string[]
  account?: string[]
  tag?: string[]
  language?: string[]
  contact?: string
  unread?: boolean
  waiting?: boolean
  mentioned?: boolean
  from?: string
  to?: string
}
export type FilterField = keyof Filter
export type Order = 'newest' | 'waiting' | 'priority' | 'due' | 'created'
export const ORDERS: Order[] = ['newest', 'waiting', 'priority', 'due', 'created']
export interface Me {
  id: string
  teams: string[]
}

const SEVERAL = ['status', 'custom_status', 'assignee', 'team', 'category', 'channel', 'account', 'tag', 'language'] as const
const ONE = ['owner', 'contact', 'from', 'to'] as const
const FLAGS = ['unread', 'waiting', 'mentioned'] as const

export function toParameters(filter: Filter): Record<string, string> {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined && String(value) !== '').map(([name, value]) => [name, String(value)]))
}

/** What an address asks; what is no filter in it is left out. */
export function fromParameters(parameters: Record<string, unknown>): Filter {
  const filter: Filter = {}
  const text = (name: string) => (typeof parameters[name] === 'string' ? (parameters[name] as string) : '')
  for (const name of SEVERAL) if (text(name)) filter[name] = text(name).split(',')
  for (const name of ONE) if (text(name)) filter[name] = text(name)
  for (const name of FLAGS) if (text(name)) filter[name] = text(name) === 'true'
  const priorities = text('priority').split(',').map(Number).filter((level) => level >= 1 && level <= 4)
  if (priorities.length > 0) filter.priority = priorities
  const scores = text('rating').split(',').map(Number).filter((score) => score >= 1 && score <= 5)
  if (scores.length > 0) filter.rating = scores
  return filter
}

export const isEmpty = (filter: Filter): boolean => Object.keys(filter).length === 0

const among = (wanted: string[] | undefined, value: string | null | undefined, nothing = 'none') => !wanted || wanted.includes(value ?? nothing)
const shares = (wanted: string[] | undefined, values: string[]) => !wanted || values.some((value) => wanted.includes(value))

/** Does a row belong? Null where the row does not tell: which account it came through, whom its notes mention. */
export function matches(filter: Filter, ticket: Ticket, me: Me): boolean | null {
  const assignee = ticket.assignee?.id
  const fits =
    (!filter.status || filter.status.some((status) => (status === 'active' ? isActive(ticket) : status === ticket.status))) &&
    among(filter.custom_status, ticket.custom_status?.key, '') &&
    (!filter.owner || filter.owner === ticket.owner) &&
    (!filter.priority || filter.priority.includes(ticket.priority)) &&
    (!filter.rating || (ticket.rating !== null && filter.rating.includes(ticket.rating))) &&
    (among(filter.assignee, assignee) || (filter.assignee!.includes('me') && assignee === me.id)) &&
    (among(filter.team, ticket.team?.id) || (filter.team!.includes('mine') && me.teams.includes(ticket.team?.id ?? ''))) &&
    among(filter.category, ticket.category?.code) &&
    shares(filter.channel, ticket.channels) &&
    shares(filter.tag, ticket.tags) &&
    among(filter.language, ticket.contact.language, '') &&
    (!filter.contact || filter.contact === ticket.contact.id) &&
    (filter.unread === undefined || filter.unread === ticket.unread > 0) &&
    (filter.waiting === undefined || filter.waiting === (ticket.waiting_since !== null)) &&
    (!filter.from || Date.parse(ticket.last_message_at) >= Date.parse(filter.from)) &&
    (!filter.to || Date.parse(ticket.last_message_at) < Date.parse(filter.to))
  if (!fits) return false
  return filter.account || filter.mentioned !== undefined ? null : true
}
