/** When a reply might leave later, on the company's clock. Pure. */
import type { UtcOffset } from '@/api/types'
import { fromField, toField } from './local'

export type Preset = 'hour' | 'evening' | 'tomorrow' | 'monday'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const at = (field: string, days: number, time: string) => `${new Date(Date.parse(`${field.slice(0, 10)}T00:00:00Z`) + days * DAY).toISOString().slice(0, 10)}T${time}`

/** The presets that still lie ahead, as moments; the evening begins at 18:00 and a day at 8:30. */
export function presets(now: number, offsets: UtcOffset[] | undefined): { preset: Preset; at: string }[] {
  const today = toField(new Date(now).toISOString(), offsets)
  const weekday = new Date(`${today.slice(0, 10)}T00:00:00Z`).getUTCDay()
  const toMonday = (8 - weekday) % 7 || 7
  const wanted: [Preset, string][] = [
    ['hour', new Date(now + HOUR).toISOString()],
    ['evening', fromField(at(today, 0, '18:00'), offsets)],
    ['tomorrow', fromField(at(today, 1, '08:30'), offsets)],
    // On a Sunday "tomorrow" says it already.
    ...(toMonday > 1 ? [['monday', fromField(at(today, toMonday, '08:30'), offsets)] as [Preset, string]] : []),
  ]
  return wanted.filter(([, moment]) => Date.parse(moment) > now + HOUR / 4).map(([preset, moment]) => ({ preset, at: moment }))
}
