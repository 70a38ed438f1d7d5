/** Presence, queues, skills and the supervisor (docs/api/routing.md). Lengths of time are seconds. */
import { request, withQuery } from './client'
import type { InterfaceLanguage, Team, Ticket } from './types'

export type PresenceState = 'online' | 'busy' | 'away' | 'offline'
export type Names = Record<InterfaceLanguage, string>

export interface Presence {
  agent_id: string
  name: string
  state: PresenceState
  /** A break reason's key, `idle` or `missed_offers`. */
  reason: string | null
  since: string
}

export interface BreakReason {
  key: string
  names: Names
  state: 'busy' | 'away'
}

export interface Offer {
  ticket_id: string
  until: string
}

export interface OwnPresence {
  presence: Presence
  wanted: { state: Exclude<PresenceState, 'offline'>; reason: string | null }
  idle_after: number
  break_reasons: BreakReason[]
  offers: Offer[]
}

export interface PresenceChange {
  state?: Exclude<PresenceState, 'offline'>
  reason?: string | null
  reassign?: boolean
  idle?: boolean
}

export interface Skill {
  key: string
  kind: 'language' | 'subject'
  names: Names
  matches: string[]
}

export interface RelaxationStep {
  after: number
  drop: 'level' | 'language' | 'subject'
}

export interface QueueSettings {
  names: Names
  routing: 'manual' | 'round_robin' | 'longest_idle'
  channels: string[] | null
  needs: ('language' | 'subject')[]
  level: number
  relaxation: RelaxationStep[]
  capacity: number
  out_of_hours: 'hold' | 'overflow' | 'assign'
  overflow_team_id: string | null
  overflow_after: number | null
  overflow_unskilled: boolean
  max_wait: number | null
  sticky_for: number | null
  offer_for: number | null
  reclaim_after: number | null
  members: string[]
}

export interface Queue extends QueueSettings {
  id: string
  key: string
  is_default: boolean
}

export interface QueueMember {
  id: string
  name: string
  role: string
  capacity: number | null
  skills: Record<string, number>
  teams: string[]
}

export interface RoutingSettings {
  channel_weights: Record<string, number>
  default_weight: number
  idle_after: number
}

export interface Queues {
  queues: Queue[]
  agents: QueueMember[]
  skills: Skill[]
  break_reasons: BreakReason[]
  settings: RoutingSettings
}

export interface QueueNow {
  team: Team
  routing: Queue['routing']
  unassigned: number
  open: number
  waiting: number
  longest_wait_since: string | null
  at_risk: number
  max_wait: number | null
  online: number
  capacity_used: number
  capacity: number
}

export interface AgentNow {
  agent_id: string
  name: string
  role: string
  teams: string[]
  state: PresenceState
  reason: string | null
  since: string
  load: number
  capacity: number
  open: number
  waiting: number
  longest_wait_since: string | null
}

export interface Overview {
  at: string
  queues: QueueNow[]
  agents: AgentNow[]
  assistant: { conversations: number; handed_over_today: number }
}

export type Behind = 'unassigned' | 'open' | 'waiting' | 'at_risk' | 'assistant' | 'handed_over'

export interface Reassigned {
  done: string[]
  refused: { id: string; code: string }[]
}

export const presence = {
  own: () => request<OwnPresence>('GET', '/api/presence'),
  choose: (change: PresenceChange) => request<OwnPresence & { reassigned: number }>('PATCH', '/api/presence', change),
  everybody: () => request<{ agents: Presence[] }>('GET', '/api/agents/presence'),
  chooseFor: (agentId: string, change: Omit<PresenceChange, 'idle'>) =>
    request<{ presence: Presence; reassigned: number }>('PATCH', `/api/agents/${agentId}/presence`, change),
  accept: (ticketId: string) => request<void>('POST', `/api/tickets/${ticketId}/accept`, {}),
  decline: (ticketId: string) => request<void>('POST', `/api/tickets/${ticketId}/decline`, {}),
}

const keyed = (path: string, key: string) => `/api/${path}/${encodeURIComponent(key)}`

export const queues = {
  read: () => request<Queues>('GET', '/api/queues'),
  create: (queue: Partial<QueueSettings> & { key: string; names: Names }) => request<Queue>('POST', '/api/teams', queue),
  change: (id: string, change: Partial<QueueSettings>) => request<Queue>('PATCH', `/api/teams/${id}`, change),
  remove: (id: string) => request<{ archived: boolean }>('DELETE', `/api/teams/${id}`),
  changeAgent: (id: string, change: { skills?: Record<string, number>; capacity?: number | null; teams?: string[] }) =>
    request<QueueMember>('PATCH', `/api/agents/${id}/routing`, change),
  changeSettings: (change: Partial<RoutingSettings>) => request<RoutingSettings>('PATCH', '/api/routing', change),
  createSkill: (skill: Skill) => request<Skill>('POST', '/api/skills', skill),
  changeSkill: (key: string, change: Partial<Omit<Skill, 'key'>>) => request<Skill>('PATCH', keyed('skills', key), change),
  removeSkill: (key: string) => request<void>('DELETE', keyed('skills', key)),
  createReason: (reason: BreakReason) => request<BreakReason>('POST', '/api/break_reasons', reason),
  changeReason: (key: string, change: Partial<Omit<BreakReason, 'key'>>) => request<BreakReason>('PATCH', keyed('break_reasons', key), change),
  removeReason: (key: string) => request<void>('DELETE', keyed('break_reasons', key)),
}

export const supervisor = {
  overview: () => request<Overview>('GET', '/api/supervisor/overview'),
  behind: (query: { which: Behind; team?: string; agent?: string; limit?: number }) =>
    request<{ tickets: Ticket[] }>('GET', withQuery('/api/supervisor/tickets', query)),
  reassign: (tickets: { id: string; version: number }[], to: { agent_id?: string; team_id?: string }) =>
    request<Reassigned>('POST', '/api/supervisor/reassign', { tickets, ...to }),
}
