/** A clock as it stands at a moment: time turns `running` into `warning` and `breached` without the server. */
import type { ClockState, TicketSla } from '@/api/sla'

export function stateAt(sla: Pick<TicketSla, 'state' | 'due_at' | 'warn_at'>, now: number): ClockState {
  if (sla.due_at === null || sla.state === 'met' || sla.state === 'paused') return sla.state
  if (Date.parse(sla.due_at) <= now) return 'breached'
  return sla.warn_at !== null && Date.parse(sla.warn_at) <= now ? 'warning' : 'running'
}

/** How long until it is due; negative when it is late; null where nothing runs. */
export function leftAt(sla: Pick<TicketSla, 'due_at'>, now: number): number | null {
  return sla.due_at === null ? null : Date.parse(sla.due_at) - now
}

/** "PT1H30M", "P5D" in minutes. */
export function minutesOf(amount: string): number {
  const found = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?$/.exec(amount)
  if (!found) return 0
  const [days, hours, minutes] = found.slice(1).map((part) => Number(part ?? 0))
  return (days! * 24 + hours!) * 60 + minutes!
}

export function amountOf(minutes: number): string {
  return `PT${Math.max(0, Math.round(minutes))}M`
}

export const daysAmount = (days: number): string => `P${Math.max(1, Math.round(days))}D`
