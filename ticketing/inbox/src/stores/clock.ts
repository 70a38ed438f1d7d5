/** The company's clock in the agent's language, and a "now" that ticks slowly enough to be calm. */
import { useIntervalFn } from '@vueuse/core'
import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { createClock, LOCALES } from '@/lib/time'
import { useSession } from './session'

const TICK_MS = 15_000

export const useClock = defineStore('clock', () => {
  const session = useSession()
  const now = ref(Date.now())
  useIntervalFn(() => (now.value = Date.now()), TICK_MS)
  const clock = computed(() =>
    createClock(session.language, session.current?.time_zone ?? 'Africa/Casablanca', session.current?.utc_offsets),
  )
  const locale = computed(() => LOCALES[session.language])
  return { now, clock, locale }
})
