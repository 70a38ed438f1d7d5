import { describe, expect, it } from 'vitest'
import { createClock, offsetAt } from '@/lib/time'
import { replyWindow } from '@/lib/window'

const OFFSETS = [
  { from: '2020-01-01T00:00:00Z', minutes: 60 },
  { from: '2026-09-20T01:00:00Z', minutes: 0 },
]
const ZONE = 'Africa/Casablanca'
const NOW = Date.parse('2026-11-23T12:00:00Z')

describe('the clock', () => {
  it("follows the server's offsets, whatever the browser believes about the zone", () => {
    const clock = createClock('fr', ZONE, OFFSETS)
    expect(clock.time('2026-09-19T12:00:00Z')).toBe('13:00')
    expect(clock.time('2026-09-20T00:59:00Z')).toBe('01:59')
    expect(clock.time('2026-09-20T01:00:00Z')).toBe('01:00')
    expect(clock.time('2026-11-23T12:00:00Z')).toBe('12:00')
  })

  it("falls back on the browser's time zone", () => {
    expect(offsetAt(undefined, NOW)).toBeNull()
    expect(createClock('en', 'Asia/Tokyo').time('2026-11-23T12:00:00Z')).toBe('21:00')
  })

  it('draws days at local midnight', () => {
    const clock = createClock('en', ZONE, OFFSETS)
    expect(clock.dayKey('2026-06-30T23:30:00Z')).toBe('2026-07-01')
    expect(clock.dayKey('2026-11-30T23:30:00Z')).toBe('2026-11-30')
  })

  it.each([
    ['2026-11-23T08:05:00Z', '08:05', 'Today'],
    ['2026-11-22T23:59:00Z', 'yesterday', 'Yesterday'],
    ['2026-11-19T08:00:00Z', 'Thu', 'Thursday 19 November'],
    ['2026-03-02T08:00:00Z', '2 Mar', 'Monday 2 March'],
    ['2025-12-31T08:00:00Z', '31/12/2025', 'Wednesday 31 December 2025'],
  ])('shortens %s as far as it stays clear', (moment, stamp, day) => {
    const clock = createClock('en', ZONE, OFFSETS)
    expect(clock.stamp(moment, NOW)).toBe(stamp)
    expect(clock.day(moment, NOW).replace(',', '')).toBe(day)
  })

  it('writes western digits in Arabic', () => {
    const clock = createClock('ar', ZONE, OFFSETS)
    expect(clock.full('2026-11-23T12:00:00Z')).toMatch(/23.*2026.*12:00/)
    expect(clock.full('2026-11-23T12:00:00Z')).not.toMatch(/[٠-٩]/)
    expect(clock.duration(3 * 60_000)).toBe('3 دقائق')
  })

  it.each([
    [30_000, '1m'],
    [59 * 60_000, '59m'],
    [200 * 60_000, '3h 20m'],
    [26 * 3_600_000, '26h'],
    [49 * 3_600_000, '2d'],
  ])('tells %d ms as %s', (length, text) => {
    expect(createClock('en', ZONE, OFFSETS).duration(length)).toBe(text)
  })
})

describe('the reply window', () => {
  const at = (minutes: number) => new Date(NOW + minutes * 60_000).toISOString()

  it('is open, soon over, or in its last minutes', () => {
    expect(replyWindow(null, NOW)).toEqual({ kind: 'unlimited' })
    expect(replyWindow(at(300), NOW)).toMatchObject({ kind: 'open', urgency: 'calm' })
    expect(replyWindow(at(119), NOW)).toMatchObject({ urgency: 'soon' })
    expect(replyWindow(at(14), NOW)).toMatchObject({ urgency: 'last' })
  })

  it('is closed from its last moment on', () => {
    expect(replyWindow(at(0), NOW)).toEqual({ kind: 'closed', at: at(0) })
  })
})
