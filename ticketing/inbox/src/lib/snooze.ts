/** Moments to put a ticket aside until, on the company's clock. Pure. */
import type { UtcOffset } from '@/api/types'
import { fromField, toField } from './local'

export interface SnoozePreset {
  name: 'hour' | 'evening' | 'tomorrow' | 'week'
  at: string
}

const HOUR = 3_600_000
const DAY = 24 * HOUR
const EVENING = '18:00'
const MORNING = '08:30'

/** What is still to come of: in an hour, this evening, tomorrow morning, next Monday morning. */
export function snoozePresets(now: number, offsets: UtcOffset[] | undefined): SnoozePreset[] {
  const local = (moment: number) => toField(new Date(moment).toISOString(), offsets)
  const at = (day: string, time: string) => fromField(`${day}T${time}`, offsets)
  const today = local(now).slice(0, 10)
  const noon = Date.parse(`${today}T12:00:00Z`)
  const dayAfter = (days: number) => new Date(noon + days * DAY).toISOString().slice(0, 10)
  const weekday = new Date(noon).getUTCDay()
  const evening = at(today, EVENING)
  return [
    { name: 'hour', at: new Date(now + HOUR).toISOString() },
    ...(Date.parse(evening) - now > HOUR ? [{ name: 'evening' as const, at: evening }] : []),
    { name: 'tomorrow', at: at(dayAfter(1), MORNING) },
    { name: 'week', at: at(dayAfter(((8 - weekday) % 7) || 7), MORNING) },
  ]
}
