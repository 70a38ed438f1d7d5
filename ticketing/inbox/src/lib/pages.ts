/** The pages beside the inbox, in the order of the rail, and what one needs to open them. */
import { BookOpen, Bus, GraduationCap, RadioTower, TriangleAlert, ZapOff } from '@lucide/vue'
import type { Component } from 'vue'

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

export const PAGES: Page[] = [
  { name: 'knowledge', needs: 'article:read', icon: BookOpen, label: 'rail.shortKnowledge', title: 'rail.knowledge', also: ['article'] },
  { name: 'network', needs: 'network:read', icon: Bus, label: 'rail.shortNetwork', title: 'rail.network' },
  { name: 'outages', needs: 'outage:read', icon: ZapOff, label: 'rail.shortOutages', title: 'rail.outages' },
  { name: 'learning', needs: 'learning:read', icon: GraduationCap, label: 'rail.shortLearning', title: 'rail.learning' },
  { name: 'channels', needs: 'channel:read', icon: RadioTower, label: 'rail.channels', title: 'rail.channels' },
  { name: 'failed-events', needs: 'failed_event:read', icon: TriangleAlert, label: 'rail.shortFailed', title: 'rail.failedEvents' },
]
