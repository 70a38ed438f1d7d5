/** Opening hours as people type them, and what can be wrong with those of a day. */
import { DAYS, type Span, type Week } from '@/api/hours'

export type SpansProblem = 'unreadable' | 'backwards' | 'overlap'

const CLOCK = /^(?:[01]\d|2[0-3]):[0-5]\d$|^24:00$/

/** "8", "830", "8h30" and "8:30" are 08:30; what is no time of day stays as it was typed. */
export function normal(typed: string): string {
  const found = /^(\d{1,2})\s*[:hH.]?\s*(\d{2})?$/.exec(typed.trim())
  if (!found) return typed.trim()
  const time = `${found[1]!.padStart(2, '0')}:${found[2] ?? '00'}`
  return CLOCK.test(time) ? time : typed.trim()
}

/** Nothing ends at the beginning of its day: as an end, 00:00 is midnight to come. */
const end = (time: string): string => (time === '00:00' ? '24:00' : time)

export function problemOf(spans: Span[]): SpansProblem | null {
  for (const [index, [from, to]] of spans.entries()) {
    if (!CLOCK.test(from) || !CLOCK.test(to)) return 'unreadable'
    if (from >= end(to)) return 'backwards'
    const before = spans[index - 1]
    if (before && from < end(before[1])) return 'overlap'
  }
  return null
}

/** As the desk wants them. */
export const sent = (spans: Span[]): Span[] => spans.map(([from, to]) => [from, end(to)])

export function eachDay(change: (spans: Span[]) => Span[], week?: Week): Week {
  return Object.fromEntries(DAYS.map((day) => [day, change(week?.[day] ?? [])])) as Week
}

export const copied = (spans: Span[]): Span[] => spans.map(([from, to]) => [from, to])

export function officeWeek(from = '08:30', to = '16:30'): Week {
  return Object.fromEntries(DAYS.map((day, index) => [day, index < 5 ? [[from, to]] : []])) as unknown as Week
}

export const problemInWeek = (week: Week): boolean => DAYS.some((day) => problemOf(week[day]) !== null)
