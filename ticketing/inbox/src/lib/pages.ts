/** The pages beside the inbox, in the order of the rail, and what one needs to open them (empty: nothing). */
import { BookOpen, Bus, ContactRound, Gauge, GraduationCap, Settings, ZapOff } from '@lucide/vue'
import type { Component } from 'vue'
import { SETTINGS } from './settings'

export interface Page {
  name: string
  needs: string
  icon: Component
  /** Keys of the words: on the rail there is little room. */
  label: string
  title: string
  /** Other routes that belong to it. */
  also?: string[]
}

export const pagesFor = (can: (permission: string) => boolean) => PAGES.filter((page) => !page.needs || can(page.needs))

export const PAGES: Page[] = [
  { name: 'supervisor', needs: 'supervisor:read', icon: Gauge, label: 'rail.shortSupervisor', title: 'rail.supervisor' },
  { name: 'contacts', needs: 'ticket:read', icon: ContactRound, label: 'rail.shortContacts', title: 'rail.contacts', also: ['contact'] },
  { name: 'knowledge', needs: 'article:read', icon: BookOpen, label: 'rail.shortKnowledge', title: 'rail.knowledge', also: ['article'] },
  { name: 'network', needs: 'network:read', icon: Bus, label: 'rail.shortNetwork', title: 'rail.network' },
  { name: 'outages', needs: 'outage:read', icon: ZapOff, label: 'rail.shortOutages', title: 'rail.outages' },
  { name: 'learning', needs: 'learning:read', icon: GraduationCap, label: 'rail.shortLearning', title: 'rail.learning' },
  { name: 'settings', needs: '', icon: Settings, label: 'rail.settings', title: 'rail.settings', also: SETTINGS.flatMap((group) => group.pages).map((page) => page.name) },
]
