/** Clocks as they stand at a moment, amounts, and opening hours as people type them. */
import { describe, expect, it } from 'vitest'
import type { TicketSla } from '@/api/sla'
import { normal, problemOf, sent } from '@/lib/hours'
import { amountOf, daysAmount, leftAt, minutesOf, stateAt } from '@/lib/sla'

const at = (time: string) => Date.parse(`2026-11-24T${time}:00Z`)
const clock: TicketSla = {
  kind: 'first_response',
  state: 'running',
  started_at: '2026-11-24T09:00:00Z',
  due_at: '2026-11-24T10:00:00Z',
  warn_at: '2026-11-24T09:30:00Z',
}

describe('a clock', () => {
  it.each([
    ['09:29', 'running'],
    ['09:30', 'warning'],
    ['09:59', 'warning'],
    ['10:00', 'breached'],
  ])('is at %s %s', (time, state) => expect(stateAt(clock, at(time))).toBe(state))

  it('that rests or is over does not run out', () => {
    expect(stateAt({ ...clock, state: 'paused', due_at: null }, at('23:00'))).toBe('paused')
    expect(stateAt({ ...clock, state: 'met' }, at('23:00'))).toBe('met')
  })

  it('tells what is left, and how late it is', () => {
    expect(leftAt(clock, at('09:45'))).toBe(15 * 60_000)
    expect(leftAt(clock, at('10:12'))).toBe(-12 * 60_000)
    expect(leftAt({ due_at: null }, at('10:12'))).toBeNull()
  })
})

describe('an amount', () => {
  it.each([
    ['PT30M', 30],
    ['PT1H30M', 90],
    ['P5D', 7200],
    ['P1DT2H', 1560],
    ['PT0M', 0],
    ['soon', 0],
  ])('%s is %i minutes', (amount, minutes) => expect(minutesOf(amount)).toBe(minutes))

  it('goes back as it came', () => {
    expect(minutesOf(amountOf(90))).toBe(90)
    expect(daysAmount(5)).toBe('P5D')
  })
})

describe('opening hours', () => {
  it.each([
    ['8', '08:00'],
    ['830', '08:30'],
    ['0830', '08:30'],
    ['8h30', '08:30'],
    [' 8:30 ', '08:30'],
    ['24:00', '24:00'],
    ['25:00', '25:00'],
    ['noon', 'noon'],
  ])('%s is read as %s', (typed, read) => expect(normal(typed)).toBe(read))

  it('are refused where they cannot be', () => {
    expect(problemOf([['08:30', '16:30']])).toBeNull()
    expect(problemOf([['08:00', '12:00'], ['14:00', '00:00']])).toBeNull()
    expect(problemOf([['16:30', '08:30']])).toBe('backwards')
    expect(problemOf([['08:00', '12:00'], ['11:00', '16:00']])).toBe('overlap')
    expect(problemOf([['8h', '12:00']])).toBe('unreadable')
    expect(problemOf([['08:00', '']])).toBe('unreadable')
  })

  it('end at midnight to come', () => expect(sent([['20:00', '00:00']])).toEqual([['20:00', '24:00']]))
})
