/** Clocks, policies and targets (docs/api/sla.md). */
import type { InterfaceLanguage, Team } from './types'
import { request } from './client'

export type ClockKind = 'first_response' | 'next_response' | 'resolution' | 'legal'
export type ClockState = 'running' | 'warning' | 'breached' | 'paused' | 'met'
export type ClockCalendar = 'always' | 'open_hours' | 'working_days' | 'calendar_days'
export type Whom = 'assignee' | 'lead' | 'supervisors' | 'team'
export const KINDS: ClockKind[] = ['first_response', 'next_response', 'resolution', 'legal']
export const CALENDARS: ClockCalendar[] = ['always', 'open_hours', 'working_days', 'calendar_days']
export const WHOM: Whom[] = ['assignee', 'lead', 'supervisors', 'team']

/** A ticket's most urgent clock. */
export interface TicketSla {
  kind: ClockKind
  state: ClockState
  started_at: string
  due_at: string | null
  warn_at: string | null
}

export interface TicketClock extends TicketSla {
  id: string
  target: string
  calendar: ClockCalendar
  team: string | null
  policy: { id: string; name: string } | null
  warned_at: string | null
  escalated_at: string | null
  breached_at: string | null
  met_at: string | null
  used_seconds: number
  total_seconds: number
}

/** `amount` is ISO 8601: PT30M, P5D. */
export interface Target {
  amount: string
  clock: ClockCalendar
}

export interface Step {
  key: string
  kinds: ClockKind[]
  percent: number
  after: string
  notify: Whom[]
  raise_priority: boolean
  team: string | null
  tag: string | null
}

export interface Conditions {
  categories: string[]
  without_category: boolean
  priorities: number[]
  teams: string[]
  channels: string[]
  tags: string[]
  contact_tags: string[]
}

export interface PolicyBody {
  name: string
  is_active: boolean
  conditions: Conditions
  targets: Partial<Record<ClockKind, Target | null>>
  pauses_on_hold: boolean
  steps: Step[]
}

export interface Policy extends PolicyBody {
  id: string
  version: number
  updated_at: string
}

export type TargetName = 'first_response' | 'next_response' | 'resolution' | 'action'
export type ProvinceName = Exclude<TargetName, 'next_response'>

export interface CategoryTargets extends Record<TargetName, Target | null> {
  code: string
  names: Record<InterfaceLanguage, string>
  priority: number
  team: string | null
  legal_days: number | null
  provinces: ({ province: string } & Record<ProvinceName, string | null>)[]
}

export interface Preview {
  policy: { id: string; name: string } | null
  clocks: {
    kind: ClockKind
    target: string
    calendar: ClockCalendar
    source: 'policy' | 'category'
    due_at: string | null
    steps: { key: string; percent: number; after: string; at: string | null }[]
  }[]
}

/** A ticket's clocks as they are now. */
export const clocksOf = async (ticketId: string): Promise<TicketClock[]> => (await request<{ clocks: TicketClock[] }>('GET', `/api/tickets/${ticketId}`)).clocks

export interface TeamLeads {
  team: Team
  members: { id: string; name: string; is_lead: boolean }[]
}

const policy = (id: string) => `/api/sla/policies/${id}`
const targets = (code: string) => `/api/sla/targets/${encodeURIComponent(code)}`

export const sla = {
  policies: () => request<{ policies: Policy[] }>('GET', '/api/sla/policies'),
  add: (body: PolicyBody) => request<Policy>('POST', '/api/sla/policies', body),
  change: (id: string, body: Partial<PolicyBody> & { version: number }) => request<Policy>('PATCH', policy(id), body),
  remove: (id: string) => request<void>('DELETE', policy(id)),
  order: (ids: string[]) => request<{ policies: Policy[] }>('POST', '/api/sla/policies/order', { ids }),
  preview: (body: object) => request<Preview>('POST', '/api/sla/policies/preview', body),
  targets: () => request<{ targets: CategoryTargets[]; provinces: string[] }>('GET', '/api/sla/targets'),
  changeTargets: (code: string, body: object) => request<CategoryTargets>('PATCH', targets(code), body),
  putProvince: (code: string, province: string, body: Partial<Record<ProvinceName, string | null>>) =>
    request<CategoryTargets>('PUT', `${targets(code)}/provinces/${encodeURIComponent(province)}`, body),
  leads: () => request<{ teams: TeamLeads[] }>('GET', '/api/sla/leads'),
  setLeads: (team: string, agent_ids: string[]) => request<{ teams: TeamLeads[] }>('PUT', `/api/sla/leads/${encodeURIComponent(team)}`, { agent_ids }),
}
