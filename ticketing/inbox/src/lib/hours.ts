/** What can be wrong with the opening hours of a day, and weeks to begin with. */
import { DAYS, type Span, type Week } from '@/api/hours'

export type SpansProblem = 'empty' | 'backwards' | 'overlap'

/** In a field midnight at the end of the day is 00:00, which no day begins with twice. */
const end = (time: string): string => (time === '00:00' ? '24:00' : time)

export function problemOf(spans: Span[]): SpansProblem | null {
  for (const [index, [from, to]] of spans.entries()) {
    if (!from || !to) return 'empty'
    if (from >= end(to)) return 'backwards'
    const before = spans[index - 1]
    if (before && from < end(before[1])) return 'overlap'
  }
  return null
}

/** As the desk wants them, and as fields show them. */
export const sent = (spans: Span[]): Span[] => spans.map(([from, to]) => [from, end(to)])
export const shown = (spans: Span[]): Span[] => spans.map(([from, to]) => [from, to === '24:00' ? '00:00' : to])

export function eachDay(change: (spans: Span[]) => Span[], week?: Week): Week {
  return Object.fromEntries(DAYS.map((day) => [day, change(week?.[day] ?? [])])) as Week
}

export function officeWeek(from = '08:30', to = '16:30'): Week {
  return Object.fromEntries(DAYS.map((day, index) => [day, index < 5 ? [[from, to]] : []])) as unknown as Week
}

export const problemInWeek = (week: Week): boolean => DAYS.some((day) => problemOf(week[day]) !== null)
