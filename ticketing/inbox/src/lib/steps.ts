/** What steps there are, how a new one begins, and what still misses in one. Pure. */
import type { Condition, Group, Part, Step } from '@/api/automation'
import { isGroup, partsOf } from '@/api/automation'

/** In the order offered. `rule`: only people have hands (assign to me). */
export const ACTIONS = [
  'set_status',
  'assign',
  'set_team',
  'release',
  'set_category',
  'set_priority',
  'add_tags',
  'remove_tags',
  'set_field',
  'send_text',
  'send_canned',
  'add_note',
  'notify',
  'mark_junk',
] as const

const FIRST: Record<string, Omit<Step, 'action'>> = {
  set_status: { status: 'pending' },
  assign: { agent_id: 'me' },
  set_team: { team_id: '' },
  set_category: { category: '' },
  set_priority: { priority: 2 },
  add_tags: { tags: [] },
  remove_tags: { tags: [] },
  set_field: { key: '', value: '' },
  send_text: { texts: {} },
  send_canned: { canned_answer_id: '' },
  add_note: { text: '' },
  notify: { text: '', assignee: true },
}

export const newStep = (action: string): Step => ({ action, ...structuredClone(FIRST[action] ?? {}) })

const isFilled = (value: unknown) => (Array.isArray(value) ? value.length > 0 : typeof value === 'object' && value !== null ? Object.values(value).some(Boolean) : Boolean(value))

/** The name of the parameter that still misses; empty: the step is whole. */
export function missingIn(step: Step): string {
  if (step.action === 'set_status' && step.status === 'snoozed') return Number(step.minutes) >= 1 ? '' : 'minutes'
  if (step.action === 'notify') {
    if (!isFilled(step.text)) return 'text'
    return step.assignee || isFilled(step.agent_ids) || isFilled(step.team_ids) ? '' : 'recipients'
  }
  const needed = { set_team: 'team_id', set_category: 'category', add_tags: 'tags', remove_tags: 'tags', set_field: 'key', send_text: 'texts', send_canned: 'canned_answer_id', add_note: 'text' }[step.action]
  return needed && !isFilled(step[needed]) ? needed : ''
}

/** Without what only the form needs. */
export function cleanStep(step: Step): Step {
  const texts = step.texts as Record<string, string> | undefined
  return texts ? { ...step, texts: Object.fromEntries(Object.entries(texts).filter(([, words]) => words.trim())) } : step
}

/** What may be asked, by field: the relations and the kind of value. */
export const FIELDS = {
  status: { is: ['in', 'not_in'], value: 'options' },
  owner: { is: ['in', 'not_in'], value: 'options' },
  priority: { is: ['in', 'not_in'], value: 'options' },
  category: { is: ['in', 'not_in'], value: 'options' },
  team: { is: ['in', 'not_in'], value: 'options' },
  assignee: { is: ['in', 'not_in'], value: 'options' },
  channel: { is: ['in', 'not_in'], value: 'options' },
  language: { is: ['in', 'not_in'], value: 'options' },
  handover_reason: { is: ['in', 'not_in'], value: 'options' },
  tags: { is: ['any', 'all', 'none'], value: 'tags' },
  contact_tags: { is: ['any', 'all', 'none'], value: 'tags' },
  text: { is: ['contains_any', 'contains_all', 'contains_none'], value: 'words' },
  field: { is: ['equals', 'differs', 'filled', 'empty'], value: 'field' },
  contact_field: { is: ['equals', 'differs', 'filled', 'empty'], value: 'field' },
  hours: { is: ['in'], value: 'options' },
  waiting_minutes: { is: ['at_least', 'less_than'], value: 'number' },
} as const

export type FieldName = keyof typeof FIELDS

export function newCondition(field: FieldName): Condition {
  const { is, value } = FIELDS[field]
  const first = { field, is: is[0] }
  if (value === 'number') return { ...first, value: 30 }
  return value === 'field' ? { ...first, key: '', value: '' } : { ...first, value: [] }
}

export function isWhole(part: Part): boolean {
  if (isGroup(part)) return partsOf(part).every(isWhole)
  if (part.field === 'field' || part.field === 'contact_field') return Boolean(part.key)
  return Array.isArray(part.value) ? part.value.length > 0 : part.value !== '' && part.value !== undefined
}

export const emptyGroup = (): Group => ({ all: [] })

export const EVENTS = [
  'customer.wrote',
  'agent.replied',
  'ticket.opened',
  'ticket.handed_over',
  'ticket.assigned',
  'ticket.status_changed',
  'ticket.categorised',
  'ticket.tagged',
  'ticket.rated',
  'sla.warned',
  'sla.breached',
] as const

export const MOMENTS = ['last_customer_message', 'waiting', 'status', 'last_message', 'handed_over', 'opened', 'solved'] as const
