/** Opening hours, holidays, Ramadan and single days (docs/api/sla.md "Hours"). */
import type { InterfaceLanguage, Team } from './types'
import { request, withQuery } from './client'

export type Names = Record<InterfaceLanguage, string>
/** From and to, "08:30" to "24:00". */
export type Span = [string, string]
export const DAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const
export type Day = (typeof DAYS)[number]
export type Week = Record<Day, Span[]>

export interface Schedule {
  key: string
  names: Names
  week: Week
  ramadan: Week | null
  keeps_holidays: boolean
  version: number
  teams: string[]
}

interface Confirmed {
  expected: boolean
  confirmed_by: string | null
  confirmed_at: string | null
}

export interface Holiday extends Confirmed {
  day: string
  names: Names
}

export interface Ramadan extends Confirmed {
  id: string
  first: string
  last: string
}

export interface DayEdit {
  id: string
  day: string
  schedule: string | null
  intervals: Span[]
  reason: string | null
  edited_by: string | null
  edited_at: string
}

export interface Hours {
  zone: string
  office: string
  emergencies: boolean
  schedules: Schedule[]
  teams: { team: Team; schedule: string | null }[]
  holidays: Holiday[]
  ramadans: Ramadan[]
  days: DayEdit[]
}

export interface HoursPreview {
  at: string
  open: boolean
  closes_at: string | null
  opens_at: string | null
  day: Span[]
  week: { day: string; intervals: Span[]; why: 'holiday' | 'ramadan' | 'edit' | null }[]
}

export type ScheduleBody = Pick<Schedule, 'key' | 'names' | 'week' | 'ramadan' | 'keeps_holidays'>
type Month = Pick<Ramadan, 'first' | 'last' | 'expected'>

const schedule = (key: string) => `/api/hours/schedules/${encodeURIComponent(key)}`

export const hours = {
  read: (year: number) => request<Hours>('GET', withQuery('/api/hours', { year })),
  settle: (body: { office?: string; emergencies?: boolean; teams?: Record<string, string | null> }) => request<Hours>('PATCH', '/api/hours', body),
  addSchedule: (body: ScheduleBody) => request<Schedule>('POST', '/api/hours/schedules', body),
  changeSchedule: (key: string, body: Partial<ScheduleBody> & { version: number }) => request<Schedule>('PATCH', schedule(key), body),
  removeSchedule: (key: string) => request<void>('DELETE', schedule(key)),
  putHoliday: (day: string, body: { names: Names; expected: boolean }) => request<Holiday>('PUT', `/api/hours/holidays/${day}`, body),
  removeHoliday: (day: string) => request<void>('DELETE', `/api/hours/holidays/${day}`),
  addRamadan: (body: Month) => request<Ramadan>('POST', '/api/hours/ramadans', body),
  changeRamadan: (id: string, body: Partial<Month>) => request<Ramadan>('PATCH', `/api/hours/ramadans/${id}`, body),
  removeRamadan: (id: string) => request<void>('DELETE', `/api/hours/ramadans/${id}`),
  editDay: (day: string, body: { schedule: string | null; intervals: Span[]; reason: string | null }) => request<DayEdit>('PUT', `/api/hours/days/${day}`, body),
  restoreDay: (day: string, key: string | null) => request<void>('DELETE', withQuery(`/api/hours/days/${day}`, { schedule: key })),
  preview: (key: string) => request<HoursPreview>('GET', withQuery('/api/hours/preview', { schedule: key })),
}
