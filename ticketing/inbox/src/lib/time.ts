/** Times as the company's clock shows them, in the agent's language, always with western digits. */
import type { InterfaceLanguage, UtcOffset } from '@/api/types'

export const LOCALES: Record<InterfaceLanguage, string> = {
  ar: 'ar-MA-u-nu-latn',
  fr: 'fr-FR-u-nu-latn',
  en: 'en-GB-u-nu-latn',
}

/** How each language abbreviates units best: 3 ساعات, 3 h, 3h. */
const WIDTHS = { ar: 'long', fr: 'short', en: 'narrow' } as const

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

export interface Clock {
  /** 14:05 */
  time(iso: string): string
  /** 23 Nov 2026, 14:05 */
  full(iso: string): string
  /** A key that is the same for all moments of one local day. */
  dayKey(iso: string): string
  /** "Today", "Yesterday", "Monday 23 November" (with the year when it is another one). */
  day(iso: string, now: number): string
  /** The shortest useful stamp: 14:05, yesterday, Mon, 23 Nov, 23/11/2025. */
  stamp(iso: string, now: number): string
  /** A length of time in its largest whole unit, or two while they matter: "3h 20min". */
  duration(milliseconds: number): string
}

/** Minutes to add to UTC at `moment`; null where the server named no offset for it. */
export function offsetAt(offsets: UtcOffset[] | undefined, moment: number): number | null {
  let minutes: number | null = null
  for (const offset of offsets ?? []) {
    if (Date.parse(offset.from) <= moment) minutes = offset.minutes
  }
  return minutes
}

type Format = (moment: number) => string

function formatter(locale: string, zone: string, offsets: UtcOffset[] | undefined, options: Intl.DateTimeFormatOptions): Format {
  const inZone = new Intl.DateTimeFormat(locale, { ...options, timeZone: zone })
  const inUtc = new Intl.DateTimeFormat(locale, { ...options, timeZone: 'UTC' })
  return (moment) => {
    const minutes = offsetAt(offsets, moment)
    return minutes === null ? inZone.format(moment) : inUtc.format(moment + minutes * MINUTE)
  }
}

export function createClock(language: InterfaceLanguage, zone: string, offsets?: UtcOffset[]): Clock {
  const locale = LOCALES[language]
  const make = (options: Intl.DateTimeFormatOptions, inLocale = locale) => formatter(inLocale, zone, offsets, options)
  const time = make({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
  const full = make({ day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
  const key = make({ year: 'numeric', month: '2-digit', day: '2-digit' }, 'en-CA')
  const weekday = make({ weekday: 'short' })
  const dayMonth = make({ day: 'numeric', month: 'short' })
  const numeric = make({ day: '2-digit', month: '2-digit', year: 'numeric' })
  const longDay = make({ weekday: 'long', day: 'numeric', month: 'long' })
  const longDayYear = make({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' })
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })
  const unit = (name: 'minute' | 'hour' | 'day') =>
    new Intl.NumberFormat(locale, { style: 'unit', unit: name, unitDisplay: WIDTHS[language] })
  const units = { minute: unit('minute'), hour: unit('hour'), day: unit('day') }

  /** Whole local days between two moments, through midnights and not through lengths. */
  const daysBetween = (earlier: number, later: number) =>
    Math.round((Date.parse(key(later)) - Date.parse(key(earlier))) / DAY)

  function day(iso: string, now: number): string {
    const moment = Date.parse(iso)
    const days = daysBetween(moment, now)
    if (days === 0 || days === 1) return capitalised(relative.format(-days, 'day'), locale)
    const sameYear = key(moment).slice(0, 4) === key(now).slice(0, 4)
    return capitalised((sameYear ? longDay : longDayYear)(moment), locale)
  }

  function stamp(iso: string, now: number): string {
    const moment = Date.parse(iso)
    const days = daysBetween(moment, now)
    if (days <= 0) return time(moment)
    if (days === 1) return relative.format(-1, 'day')
    if (days < 7) return weekday(moment)
    return key(moment).slice(0, 4) === key(now).slice(0, 4) ? dayMonth(moment) : numeric(moment)
  }

  function duration(milliseconds: number): string {
    // Less than a minute is told as one: nobody waits for, or is late by, nothing.
    const minutes = Math.max(1, Math.floor(milliseconds / MINUTE))
    if (minutes < 60) return units.minute.format(minutes)
    const hours = Math.floor(minutes / 60)
    if (hours >= 48) return units.day.format(Math.floor(hours / 24))
    const rest = minutes % 60
    return hours >= 10 || rest === 0
      ? units.hour.format(hours)
      : `${units.hour.format(hours)} ${units.minute.format(rest)}`
  }

  return { time: (iso) => time(Date.parse(iso)), full: (iso) => full(Date.parse(iso)), dayKey: (iso) => key(Date.parse(iso)), day, stamp, duration }
}

function capitalised(text: string, locale: string): string {
  return text.charAt(0).toLocaleUpperCase(locale) + text.slice(1)
}
