/** Amounts, targets and steps in words. */
import { useI18n } from 'vue-i18n'
import type { ClockCalendar, Step, Target } from '@/api/sla'
import { minutesOf } from '@/lib/sla'
import { useClock } from '@/stores/clock'

export function useTargetWords() {
  const { t } = useI18n()
  const clocks = useClock()

  /** A day of opening hours has no twenty-four of them: by that clock hours stay hours. */
  function amount(iso: string, clock?: ClockCalendar): string {
    const minutes = minutesOf(iso)
    if (clock === 'open_hours' && minutes >= 60 && minutes % 60 === 0) return t('sla.page.countHours', minutes / 60)
    return minutes > 0 && minutes % 1440 === 0 ? t('sla.page.countDays', minutes / 1440) : clocks.clock.duration(minutes * 60_000)
  }

  const target = (one: Target | null): string => (one ? t('sla.page.inClock', { amount: amount(one.amount, one.clock), clock: t(`sla.page.calendars.${one.clock}`) }) : '')

  function step(one: Pick<Step, 'percent' | 'after'>): string {
    const after = minutesOf(one.after) > 0 ? t('sla.page.plus', { amount: amount(one.after) }) : ''
    return [`\u2066${one.percent}%\u2069`, after].filter(Boolean).join(' ')
  }

  return { amount, target, step }
}
