/** Steps, their results, triggers and conditions in the agent's words. */
import { computed } from 'vue'
import type { Condition, Group, Part, Refusal, SomeNames, Step, StepChange, Trigger } from '@/api/automation'
import { isGroup, partsOf } from '@/api/automation'
import { isolate } from '@/lib/text'
import { useWords } from '@/lib/words'
import { useClock } from '@/stores/clock'
import { useDirectory } from '@/stores/directory'
import { useSession } from '@/stores/session'
import { useTicketing } from '@/stores/ticketing'

interface Option {
  value: string
  label: string
}

const CHANNELS = ['whatsapp', 'webchat', 'messenger', 'instagram', 'telegram', 'email', 'sms', 'phone', 'x']
const LANGUAGES = ['ar', 'ary-Arab', 'ary-Latn', 'fr', 'en']
const REASONS = ['asked', 'needs_person', 'not_understood', 'danger', 'attachment', 'verification_failed', 'assistant_down', 'assistant_slow', 'assistant_error', 'not_ready', 'overloaded']

export function useStepWords() {
  const { t, known, channel, language, handoverReason, priority, errorCode } = useWords()
  const session = useSession()
  const directory = useDirectory()
  const ticketing = useTicketing()
  const clocks = useClock()

  const nameIn = (names: SomeNames | Partial<SomeNames>) => names[session.language] ?? names.fr ?? names.ar ?? names.en ?? ''
  const load = () => Promise.all([directory.load(), ticketing.load()]).then(() => undefined)

  const status = (name: string) => known(`steps.statuses.${name}`, name)
  const teamName = (id: unknown) => {
    const team = directory.teams.find((one) => one.id === id)
    return team ? nameIn(team.names) : t('common.dash')
  }
  const agentName = (id: unknown) => directory.agents.find((one) => one.id === id)?.name ?? t('common.dash')
  const categoryName = (code: unknown) => {
    const category = ticketing.categories.find((one) => one.code === code)
    return category ? `${category.code} · ${nameIn(category.names)}` : String(code)
  }
  const fieldName = (key: unknown) => {
    const field = ticketing.fields.find((one) => one.key === key)
    return field ? nameIn(field.names) : String(key)
  }

  const options = computed<Record<string, Option[]>>(() => ({
    status: ['new', 'open', 'pending', 'on_hold', 'snoozed', 'solved'].map((value) => ({ value, label: status(value) })),
    owner: ['agents', 'assistant'].map((value) => ({ value, label: t(`steps.owners.${value}`) })),
    priority: [1, 2, 3, 4].map((value) => ({ value: String(value), label: priority(value) })),
    category: ticketing.offered.map((one) => ({ value: one.code, label: categoryName(one.code) })),
    team: directory.teams.map((one) => ({ value: one.id, label: nameIn(one.names) })),
    assignee: directory.agents.map((one) => ({ value: one.id, label: one.name })),
    channel: CHANNELS.map((value) => ({ value, label: channel(value) })),
    language: LANGUAGES.map((value) => ({ value, label: language(value) })),
    handover_reason: REASONS.map((value) => ({ value, label: handoverReason(value) })),
    hours: ['open', 'closed'].map((value) => ({ value, label: t(`steps.hours.${value}`) })),
  }))

  const join = (values: string[]) => values.map(isolate).join(t('steps.comma'))

  /** One value of a change, as somebody would say it. */
  function said(field: string, value: unknown): string {
    if (value === null || value === undefined || value === '') return t('steps.nothing')
    if (field === 'status') return status(String(value))
    if (field === 'assignee') return agentName(value)
    if (field === 'team') return teamName(value)
    if (field === 'priority') return priority(Number(value))
    if (field === 'category') return categoryName(value)
    if (field === 'snoozed_until') return clocks.clock.full(String(value))
    if (typeof value === 'boolean') return t(value ? 'steps.yes' : 'steps.no')
    if (Array.isArray(value)) return value.length > 0 ? join(value.map(String)) : t('steps.nothing')
    return String(value)
  }

  function change(one: StepChange): string {
    const name = one.field.startsWith('fields.') ? fieldName(one.field.slice('fields.'.length)) : known(`steps.changes.${one.field}`, one.field)
    if (one.field === 'note' || one.field === 'message' || one.field === 'notification') return t('steps.said', { what: name, text: isolate(String(one.to)) })
    return t('steps.changed', { what: name, from: isolate(said(one.field, one.from)), to: isolate(said(one.field, one.to)) })
  }

  /** One step as a short sentence. */
  function step(one: Step): string {
    const name = t(`steps.actions.${one.action}`)
    const first = (texts: unknown) => {
      const all = (texts ?? {}) as Record<string, string>
      return all[session.language] || Object.values(all).find(Boolean) || ''
    }
    const about: Record<string, () => string> = {
      set_status: () => status(String(one.status)) + (one.minutes ? ` (${length(Number(one.minutes))})` : ''),
      assign: () => (one.agent_id === 'me' ? t('steps.me') : one.agent_id ? agentName(one.agent_id) : t('steps.nobody')),
      set_team: () => teamName(one.team_id),
      set_priority: () => priority(Number(one.priority)),
      set_category: () => (one.category ? categoryName(one.category) : t('steps.nothing')),
      add_tags: () => join((one.tags as string[] | undefined) ?? []),
      remove_tags: () => join((one.tags as string[] | undefined) ?? []),
      set_field: () => `${fieldName(one.key)}: ${said('', one.value)}`,
      add_note: () => String(one.text ?? ''),
      notify: () => String(one.text ?? ''),
      send_text: () => first(one.texts),
    }
    const more = about[one.action]?.() ?? ''
    return more ? t('steps.named', { name, about: isolate(more) }) : name
  }

  const length = (minutes: number) => clocks.clock.duration(minutes * 60_000)

  const trigger = (one: Trigger) =>
    one.kind === 'event' ? t(`steps.events.${one.event.replace('.', '_')}`) : t('steps.after', { time: length(one.minutes), moment: t(`steps.moments.${one.since}`) })

  function values(one: Condition): string {
    if (one.field === 'waiting_minutes') return length(Number(one.value))
    const all = (Array.isArray(one.value) ? one.value : [one.value]) as unknown[]
    const choices = options.value[one.field]
    return join(all.map((value) => (value === null ? t('steps.nothing') : (choices?.find((choice) => choice.value === String(value))?.label ?? said('', value)))))
  }

  function condition(one: Condition): string {
    const name = one.field === 'field' || one.field === 'contact_field' ? fieldName(one.key) : t(`steps.fields.${one.field}`)
    if (one.is === 'in' || one.is === 'not_in') return t(one.is === 'in' ? 'steps.named' : 'steps.except', { name, about: values(one) })
    const needsNoValue = one.is === 'filled' || one.is === 'empty'
    return [name, t(`steps.is.${one.is}`), needsNoValue ? '' : values(one)].filter(Boolean).join(' ')
  }

  /** A whole group in one line. */
  function group(one: Group): string {
    const parts = partsOf(one).map((part: Part) => (isGroup(part) ? `(${group(part)})` : condition(part)))
    return parts.length > 0 ? parts.join(` ${t('all' in one ? 'steps.and' : 'steps.or')} `) : t('steps.always')
  }

  /** A whole group, a line for each of its parts. */
  function lines(one: Group): string[] {
    const parts = partsOf(one).map((part: Part) => (isGroup(part) ? group(part) : condition(part)))
    if (parts.length === 0) return [t('steps.always')]
    return parts.map((part, index) => (index === 0 ? part : `${t('all' in one ? 'steps.and' : 'steps.or')} ${part}`))
  }

  const refusal = (one: Refusal) => known(`steps.refusals.${one.code}`, errorCode(one.code))

  return { load, nameIn, options, step, change, trigger, condition, group, lines, refusal, length, fieldName }
}
