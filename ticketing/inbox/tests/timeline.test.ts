/** What the desk keeps of a ticket's history is told to whoever reads it. */
import { mount } from '@vue/test-utils'
import { createPinia } from 'pinia'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { DeskEvent } from '@/api/types'
import { i18n, setLanguage } from '@/i18n'
import { SHOWN_EVENTS } from '@/lib/timeline'
import { useWords } from '@/lib/words'
import { useSession } from '@/stores/session'
import { event, SESSION } from './fixtures'

const SERVER = readFileSync(join(import.meta.dirname, '../../reading/threads.py'), 'utf8')
const KEPT = [...SERVER.split('TIMELINE_EVENTS: Final = (')[1]!.split('\n)')[0]!.matchAll(/"([a-z_.]+)"/g)].map((match) => match[1]!)

it('shows every event of a timeline but the opening, which is its first message', () => {
  expect(KEPT.length).toBeGreaterThan(30)
  expect(KEPT.filter((type) => !SHOWN_EVENTS.has(type))).toEqual(['ticket.opened'])
})

it.each(['ar', 'fr', 'en'] as const)('has words in %s for each', async (language) => {
  await setLanguage(language)
  const pinia = createPinia()
  let say = (_: DeskEvent) => ''
  const shown = {
    setup() {
      useSession().current = structuredClone(SESSION)
      say = useWords().event
      return () => null
    },
  }
  mount(shown, { global: { plugins: [pinia, i18n] } })
  for (const type of SHOWN_EVENTS) expect(say(event('e1', type)), type).not.toContain(type)
})
