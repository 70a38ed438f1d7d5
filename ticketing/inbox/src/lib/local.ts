/** What a date and time field holds, on the company's clock whatever the browser's own zone is. */
import type { UtcOffset } from '@/api/types'
import { offsetAt } from './time'

const MINUTE = 60_000
const browserOffset = (moment: number) => -new Date(moment).getTimezoneOffset()
const minutesAt = (offsets: UtcOffset[] | undefined, moment: number) => offsetAt(offsets, moment) ?? browserOffset(moment)

/** "2026-11-24T18:30" for a moment. */
export function toField(iso: string, offsets: UtcOffset[] | undefined): string {
  const moment = Date.parse(iso)
  return new Date(moment + minutesAt(offsets, moment) * MINUTE).toISOString().slice(0, 16)
}

/** The moment that a field means. */
export function fromField(text: string, offsets: UtcOffset[] | undefined): string {
  const asUtc = Date.parse(`${text}:00Z`)
  const guess = asUtc - minutesAt(offsets, asUtc) * MINUTE
  // Around a change of the clock the offset of the moment itself counts, not that of its digits.
  return new Date(asUtc - minutesAt(offsets, guess) * MINUTE).toISOString()
}
