/** Words for what the desk stores as codes; an unknown code is shown as it is rather than hidden. */
import { useI18n } from 'vue-i18n'
import { computed } from 'vue'
import { ApiError } from '@/api/client'
import type { DeskEvent, LastMessage, Team, Ticket } from '@/api/types'
import { isolate } from '@/lib/text'
import { LOCALES } from '@/lib/time'
import { useClock } from '@/stores/clock'
import { useSession } from '@/stores/session'
import { useTicketing } from '@/stores/ticketing'

export function useWords() {
  const { t, te } = useI18n()
  const session = useSession()
  const clocks = useClock()
  const ticketing = useTicketing()
  const clock = computed(() => clocks.clock)

  const known = (key: string, fallback: string) => (te(key) ? t(key) : fallback)
  const channel = (name: string) => known(`channels.${name}`, name)
  const language = (tag: string | null) => (tag ? known(`languages.${tag}`, tag) : t('common.dash'))
  const handoverReason = (reason: string) => known(`handover.reason.${reason}`, t('handover.reason.other'))
  const failure = (reason: string) => known(`failure.${reason}`, t('failure.other'))
  const team = (one: Team) => one.names[session.language] ?? one.key
  const contactName = (ticket: Ticket) => ticket.contact.name ?? t('contact.unknown')
  const priority = (level: number) => known(`ticket.priority.p${level}`, String(level))

  /** What an error means for the agent, in one sentence. */
  function error(problem: unknown): string {
    if (!(problem instanceof ApiError)) return t('errors.unexpected')
    return errorCode(problem.code, problem.fields, problem.status)
  }

  function errorCode(code: string, fields: Record<string, unknown> = {}, status = 422): string {
    if (code === 'already_claimed') {
      return fields.agent ? t('errors.already_claimed', { agent: isolate(String(fields.agent)) }) : t('errors.already_claimed_unknown')
    }
    if (code === 'undeliverable') return t('errors.undeliverable', { reason: failure(String(fields.reason ?? 'other')) })
    if (te(`errors.${code}`)) return t(`errors.${code}`)
    if (status === 403) return t('errors.forbidden')
    if (status === 404) return t('errors.not_found')
    if (status === 409) return t('errors.conflict')
    if (status === 413) return t('errors.media_too_large')
    if (status === 422) return t('errors.not_acceptable')
    if (status === 429) return t('errors.too_many')
    return status >= 500 ? t('errors.temporary') : t('errors.unexpected')
  }

  /** The one line under a name in the list: who wrote, unless the customer did, and what. */
  function preview(last: LastMessage | null, assigneeIsMe: boolean): { who: string; text: string } {
    if (!last) return { who: '', text: '' }
    const text = last.text.trim() || known(`kinds.${last.kind}`, t('kinds.unsupported'))
    if (last.author === 'assistant') return { who: t('list.assistant'), text }
    if (last.author === 'system') return { who: t('list.system'), text }
    if (last.author === 'agent') return { who: t(assigneeIsMe ? 'list.you' : 'list.agent'), text }
    return { who: '', text }
  }

  function actor(event: DeskEvent): string {
    if (event.actor_name) return event.actor_name
    if (event.actor === 'assistant') return t('event.assistant')
    if (event.actor === 'customer') return t('event.customer')
    const rule = event.data.automation as { names: Record<string, string> } | undefined
    if (rule) return t('event.byAutomation', { rule: nameOf(rule.names) || (Object.values(rule.names)[0] ?? '') })
    return event.actor === 'agent' ? t('event.someone') : t('event.system')
  }

  /** One event of the timeline as a sentence. */
  function event(one: DeskEvent): string {
    const data = one.data as Record<string, string | undefined>
    const name = isolate(actor(one))
    const contract = isolate(data.contract ?? t('common.dash'))
    switch (one.type) {
      case 'ticket.handed_over':
        return t('event.handed_over', { reason: handoverReason(data.reason ?? 'other') })
      case 'ticket.categorised':
        return data.to ? t('event.categorised', { name, category: isolate(categoryName(data.to)) }) : t('event.uncategorised', { name })
      case 'ticket.taken_over':
        return t('event.taken_over', { name })
      case 'ticket.claimed':
        return t('event.claimed', { name })
      case 'ticket.released':
        return t('event.released', { name })
      case 'ticket.assigned':
        return assigned(one, name)
      case 'ticket.closed':
        if (data.by === 'silence' && data.from === 'solved') return t('event.ticket_closed_silence')
        if (data.reason === 'junk') return t('event.ticket_junk', { name })
        return data.by === 'customer' ? t('event.closedByCustomer') : t('event.closed', { name })
      case 'ticket.solved':
        return t(data.reason === 'junk' ? 'event.ticket_junk' : 'event.ticket_solved', { name })
      case 'ticket.status_changed':
        return data.until ? t('event.ticket_snoozed', { name, date: clock.value.full(data.until) }) : t('event.ticket_status_changed', { name, status: isolate(statusName(data.to ?? '', data.status_key)) })
      case 'ticket.prioritised':
        return t('event.ticket_prioritised', { name, priority: priority(Number(one.data.to)) })
      case 'ticket.tagged':
      case 'contact.tagged':
        return tagged(one, name)
      case 'ticket.fields_changed':
      case 'contact.fields_changed':
        return t('event.ticket_fields_changed', { name, fields: listed(Object.keys((one.data.changes as object | undefined) ?? {}).map(fieldName)) })
      case 'ticket.conversation_added':
        return t('event.ticket_conversation_added', { name, channel: channel(data.channel ?? '') })
      case 'ticket.reopened':
        return data.by === 'customer' ? t('event.reopenedByCustomer') : t('event.reopened', { name })
      case 'sla.warned':
      case 'sla.escalated':
      case 'sla.breached':
        return promise(one)
      case 'danger.raised':
        return t('event.danger', { words: isolate(data.words ?? '') })
      case 'bill.disclosed':
        return t('event.bill', { contract })
      case 'verification.sent':
      case 'verification.passed':
      case 'verification.failed':
        return t(`event.${one.type.replace('.', '_')}`, { contract })
      case 'announcement.skipped':
        return t('event.announcementSkipped')
      case 'account.paused':
      case 'account.resumed':
        return t(`event.${one.type.slice('account.'.length)}`, { account: isolate(data.account ?? '') })
      default:
        return byItsKey(one, name)
    }
  }

  const statusName = (status: string, key?: string | null) =>
    ticketing.statuses.find((one) => one.key === key)?.names[session.language] ?? known(`ticket.status.${status}`, status)
  const categoryName = (code: string) => ticketing.categories.find((one) => one.code === code)?.names[session.language] ?? code
  const fieldName = (key: string) => ticketing.fields.find((one) => one.key === key)?.names[session.language] ?? t('panel.fields')
  const listed = (names: string[]) => new Intl.ListFormat(LOCALES[session.language]).format([...new Set(names)].map(isolate))

  function tagged(one: DeskEvent, name: string): string {
    const [added, removed] = [one.data.added, one.data.removed].map((names) => (Array.isArray(names) ? (names as string[]) : []))
    const said = { name, added: listed(added ?? []), removed: listed(removed ?? []) }
    if (!added?.length) return t('event.ticket_untagged', said)
    return t(removed?.length ? 'event.ticket_retagged' : 'event.ticket_tagged', said)
  }

  /** Most events are a text of their own, `event.<type>` with `_` for `.`, that may name what they carry. */
  function byItsKey(one: DeskEvent, name: string): string {
    const key = `event.${one.type.replaceAll('.', '_')}`
    if (!te(key)) return one.type
    const carried = Object.entries(one.data).map(([part, value]) => [part, isolate(nameOf(value) || String(value ?? t('common.dash')))])
    return t(key, { ...Object.fromEntries(carried), name })
  }

  function promise(one: DeskEvent): string {
    const kind = known(`clocks.kind.${String(one.data.kind)}`, String(one.data.kind))
    const percent = String(one.data.percent ?? 100)
    const told = (Array.isArray(one.data.notified) ? one.data.notified : []).map((who) => known(`clocks.whom.${who}`, String(who)))
    if (one.type !== 'sla.escalated') return t(one.type === 'sla.warned' ? 'event.sla_warned' : 'event.sla_breached', { kind, percent })
    const whom = new Intl.ListFormat(session.language).format(told)
    return whom ? t('event.sla_escalated', { kind, percent, whom }) : t('event.sla_acted', { kind, percent })
  }

  function assigned(one: DeskEvent, name: string): string {
    const to = [one.data.agent, one.data.team].map(nameOf).filter(Boolean).map(isolate).join(' · ')
    if (!to) return t('event.unassigned', { name })
    if (one.actor === 'agent') return t('event.assigned', { name, to })
    const rule = (one.data.why as { rule?: string } | undefined)?.rule
    return rule ? t(`event.routed.${rule}`, { to: isolate(nameOf(one.data.agent)) }) : t('event.assignedBySystem', { to })
  }

  /** A name as the server writes it: text, or one text a language. */
  function nameOf(value: unknown): string {
    if (value && typeof value === 'object') return (value as Record<string, string>)[session.language] ?? ''
    return typeof value === 'string' ? value : ''
  }

  return { t, te, clock, known, channel, language, handoverReason, failure, team, contactName, priority, error, errorCode, preview, event }
}
