/** What can be asked of tickets, in words: the fields of a filter with their values. */
import { computed } from 'vue'
import type { Filter } from '@/lib/filters'
import { useWords } from '@/lib/words'
import { useDirectory } from '@/stores/directory'
import { useSession } from '@/stores/session'
import { useTicketing } from '@/stores/ticketing'

export interface Choice {
  value: string
  label: string
}
export type ChoiceField = 'status' | 'assignee' | 'team' | 'priority' | 'category' | 'channel' | 'tag' | 'rating' | 'language' | 'owner' | 'custom_status' | 'unread' | 'waiting' | 'mentioned' | 'since'

/** Fields that hold one value; the others hold any of several. */
export const SINGLE: ChoiceField[] = ['owner', 'unread', 'waiting', 'mentioned', 'since']
const STATUSES = ['active', 'new', 'open', 'pending', 'on_hold', 'snoozed', 'solved', 'closed']
const CHANNELS = ['whatsapp', 'webchat', 'messenger', 'instagram', 'telegram', 'email', 'sms', 'phone', 'x']
const LANGUAGES = ['ar', 'ary-Arab', 'ary-Latn', 'fr', 'en']
const DAY_MS = 86_400_000
export const SINCE: Record<string, number> = { day: DAY_MS, week: 7 * DAY_MS, month: 30 * DAY_MS, quarter: 90 * DAY_MS }

export function useFilterWords() {
  const { t, channel, language, priority, team } = useWords()
  const session = useSession()
  const directory = useDirectory()
  const ticketing = useTicketing()
  const load = () => Promise.all([directory.load(), ticketing.load()])
  const names = (one: { names: Record<string, string> }) => one.names[session.language] ?? ''
  const yesNo = (field: string) => ['true', 'false'].map((value) => ({ value, label: t(`search.${field}.${value}`) }))

  const choices = computed<Record<ChoiceField, Choice[]>>(() => ({
    status: STATUSES.map((value) => ({ value, label: value === 'active' ? t('search.active') : t(`ticket.status.${value}`) })),
    assignee: [{ value: 'me', label: t('search.me') }, { value: 'none', label: t('search.nobody') }, ...directory.agents.map((one) => ({ value: one.id, label: one.name }))],
    team: [{ value: 'mine', label: t('search.myTeams') }, { value: 'none', label: t('search.noTeam') }, ...directory.teams.map((one) => ({ value: one.id, label: team(one) }))],
    priority: [1, 2, 3, 4].map((level) => ({ value: String(level), label: priority(level) })),
    category: [{ value: 'none', label: t('search.noCategory') }, ...ticketing.categories.map((one) => ({ value: one.code, label: names(one) }))],
    channel: CHANNELS.map((value) => ({ value, label: channel(value) })),
    tag: ticketing.tags.map((value) => ({ value, label: value })),
    rating: [5, 4, 3, 2, 1].map((score) => ({ value: String(score), label: t('rating.score', { score }) })),
    language: LANGUAGES.map((value) => ({ value, label: language(value) })),
    owner: ['agents', 'assistant'].map((value) => ({ value, label: t(`search.owners.${value}`) })),
    custom_status: ticketing.statuses.map((one) => ({ value: one.key, label: names(one) })),
    unread: yesNo('unread'),
    waiting: yesNo('waiting'),
    mentioned: yesNo('mentioned'),
    since: Object.keys(SINCE).map((value) => ({ value, label: t(`search.since.${value}`) })),
  }))
  const fields = computed(() => (Object.keys(choices.value) as ChoiceField[]).filter((field) => choices.value[field].length > 0))
  const label = (field: ChoiceField, value: string) => choices.value[field].find((one) => one.value === value)?.label ?? t('search.gone')

  return { choices, fields, label, load }
}

/** The values a filter asks for, as the menus know them. `since` is told by `from`. */
export function valuesOf(filter: Filter, field: ChoiceField): string[] {
  const value = field === 'since' ? undefined : filter[field]
  if (value === undefined) return []
  return Array.isArray(value) ? value.map(String) : [String(value)]
}

/** The filter with a value put in, or taken out where it was in. */
export function toggled(filter: Filter, field: ChoiceField, value: string, now: number): Filter {
  if (field === 'since') return { ...filter, from: new Date(now - SINCE[value]!).toISOString(), to: undefined }
  const had = valuesOf(filter, field)
  const next = had.includes(value) ? had.filter((one) => one !== value) : SINGLE.includes(field) ? [value] : [...had, value]
  return without({ ...filter, [field]: next.length === 0 ? undefined : typed(field, next) })
}

function typed(field: ChoiceField, values: string[]): unknown {
  if (field === 'priority' || field === 'rating') return values.map(Number).sort()
  if (field === 'owner') return values[0]
  return SINGLE.includes(field) ? values[0] === 'true' : values
}

/** Only what asks something. */
export const without = (filter: Filter): Filter => Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined)) as Filter
