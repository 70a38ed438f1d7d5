/** Lengths of time of queues between seconds and what a field holds, and what a key may be. */
import type { Names } from '@/api/routing'

export const EMPTY_NAMES: Names = { ar: '', fr: '', en: '' }
export const KEY = /^[a-z][a-z0-9_-]{0,39}$/
export const SKILL_KEY = /^[a-z][a-z0-9_:-]{0,39}$/

/** What a number's field holds: a browser gives a number, an empty field nothing. */
const text = (field: string | number) => String(field).trim()

export const isWhole = (field: string | number) => /^\d{1,6}$/.test(text(field))

/** An empty field is no length at all. */
export const length = (field: string | number, unit: number): number | null => (text(field) === '' ? null : Number(field) * unit)

export const toText = (seconds: number | null, unit: number): string => (seconds === null ? '' : String(Math.round(seconds / unit)))
