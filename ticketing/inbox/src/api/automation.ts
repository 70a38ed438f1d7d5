/** Macros, automations and bulk changes (docs/api/automation.md). */
import { request, withQuery } from './client'
import type { InterfaceLanguage, Team, Ticket } from './types'

export type SomeNames = Record<InterfaceLanguage, string | null>
export type Names = Partial<Record<InterfaceLanguage, string>>

/** One step: its action, and parameters as the action wants them. */
export interface Step {
  action: string
  [parameter: string]: unknown
}

export interface StepChange {
  field: string
  from: unknown
  to: unknown
}

export interface StepResult {
  action: string
  changed: boolean
  changes: StepChange[]
}

/** `step` counts from nought. */
export interface Refusal {
  step: number | null
  code: string
  message: string
}

export interface Rehearsal {
  steps: StepResult[]
  refusal: Refusal | null
}

export type Visibility = 'everybody' | 'team' | 'personal'

export interface Macro {
  id: string
  names: SomeNames
  actions: Step[]
  visibility: Visibility
  team: Team | null
  owner_id: string | null
  uses: number
  last_used_at: string | null
  version: number
  editable: boolean
  updated_at: string
}

export interface MacroText {
  names: Names
  actions: Step[]
  visibility: Visibility
  team_id?: string
}

export const macros = {
  list: () => request<{ macros: Macro[] }>('GET', '/api/macros'),
  create: (macro: MacroText) => request<Macro>('POST', '/api/macros', macro),
  change: (id: string, version: number, macro: MacroText) => request<Macro>('PATCH', `/api/macros/${id}`, { version, ...macro }),
  remove: (id: string) => request<void>('DELETE', `/api/macros/${id}`),
  run: (ticketId: string, macroId: string, version: number) =>
    request<{ ticket: Ticket; steps: StepResult[] }>('POST', `/api/tickets/${ticketId}/macro`, { macro_id: macroId, version }),
  preview: (ticketId: string, macroId: string) => request<Rehearsal>('POST', `/api/tickets/${ticketId}/macro/preview`, { macro_id: macroId }),
}

export type Trigger = { kind: 'event'; event: string } | { kind: 'time'; since: string; minutes: number }

export interface Condition {
  field: string
  is: string
  key?: string
  value?: unknown
}

export type Group = { all: Part[] } | { any: Part[] }
export type Part = Condition | Group

export const isGroup = (part: Part): part is Group => 'all' in part || 'any' in part
export const partsOf = (group: Group): Part[] => ('all' in group ? group.all : group.any)

export interface Automation {
  id: string
  names: SomeNames
  position: number
  enabled: boolean
  trigger: Trigger
  conditions: Group
  actions: Step[]
  stops: boolean
  version: number
  updated_at: string
  last_run_at: string | null
  runs_today: number
}

export interface AutomationText {
  names: Names
  trigger: Trigger
  conditions: Group
  actions: Step[]
  stops: boolean
  enabled: boolean
}

export interface DryRun {
  matching: number
  more: boolean
  tickets: ({ ticket: Ticket } & Rehearsal)[]
}

export type Outcome = 'done' | 'nothing' | 'refused' | 'looped' | 'switched_off'

export interface Run {
  id: string
  automation: { id: string; names: SomeNames }
  ticket: { id: string; number: string | null }
  trigger: string
  outcome: Outcome
  steps: StepResult[]
  refusal: Refusal | null
  at: string
}

export const automations = {
  list: () => request<{ automations: Automation[] }>('GET', '/api/automations'),
  create: (automation: AutomationText) => request<Automation>('POST', '/api/automations', automation),
  change: (id: string, version: number, automation: Partial<AutomationText>) => request<Automation>('PATCH', `/api/automations/${id}`, { version, ...automation }),
  remove: (id: string) => request<void>('DELETE', `/api/automations/${id}`),
  order: (ids: string[]) => request<{ automations: Automation[] }>('POST', '/api/automations/order', { ids }),
  dryRun: (text: Pick<AutomationText, 'trigger' | 'conditions' | 'actions'>) => request<DryRun>('POST', '/api/automations/dry_run', text),
  runs: (query: { automation_id?: string; outcome?: string; cursor?: string | null }) =>
    request<{ runs: Run[]; next_cursor: string | null }>('GET', withQuery('/api/automations/runs', { ...query, limit: 30 })),
}

export interface BulkJob {
  id: string
  state: 'running' | 'done' | 'cancelled'
  actions: Step[]
  undoes: string | null
  undone_by: string | null
  undo_until: string | null
  total: number
  done: number
  nothing: number
  refused: number
  refusals: { ticket: { id: string; number: string | null }; code: string; message: string }[]
  created_at: string
  finished_at: string | null
}

export const bulk = {
  begin: (ticketIds: string[], what: { actions: Step[] } | { macro_id: string }) => request<BulkJob>('POST', '/api/bulk', { ticket_ids: ticketIds, ...what }),
  mine: () => request<{ jobs: BulkJob[] }>('GET', '/api/bulk'),
  read: (id: string) => request<BulkJob>('GET', `/api/bulk/${id}`),
  cancel: (id: string) => request<BulkJob>('POST', `/api/bulk/${id}/cancel`, {}),
  undo: (id: string) => request<BulkJob>('POST', `/api/bulk/${id}/undo`, {}),
}
