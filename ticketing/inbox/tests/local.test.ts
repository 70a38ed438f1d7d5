/** Date and time fields hold the company's clock, whatever zone the browser believes in. */
import { expect, it } from 'vitest'
import { fromField, toField } from '@/lib/local'
import { percent } from '@/lib/percent'
import { withNumbersApart } from '@/lib/text'

const OFFSETS = [
  { from: '2026-03-22T02:00:00Z', minutes: 60 },
  { from: '2026-09-20T02:00:00Z', minutes: 0 },
]

it.each([
  ['2026-07-01T08:30:00.000Z', '2026-07-01T09:30'],
  ['2026-11-24T08:30:00.000Z', '2026-11-24T08:30'],
  // Before the hour that comes twice, and after it.
  ['2026-09-20T00:59:00.000Z', '2026-09-20T01:59'],
  ['2026-09-20T03:00:00.000Z', '2026-09-20T03:00'],
])('%s stands in the field as %s and comes back', (moment, field) => {
  expect(toField(moment, OFFSETS)).toBe(field)
  expect(fromField(field, OFFSETS)).toBe(moment)
})

it('writes a share as the language does, and a dash for none', () => {
  expect(percent(0.617, 'en-GB')).toBe('62%')
  expect(percent(0.5, 'fr-FR').replace(/\s/u, ' ')).toBe('50 %')
  expect(percent(null, 'en-GB')).toBe('—')
})

it('keeps a telephone in order inside Arabic', () => {
  expect(withNumbersApart('الهاتف: +212677100002؛ 12 درهم')).toBe('الهاتف: \u2066+212677100002\u2069؛ 12 درهم')
})
