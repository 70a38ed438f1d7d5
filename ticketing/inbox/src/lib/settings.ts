/** The pages of the settings, by group and in order, and what one needs to open them. */
import {
  BookMarked,
  CalendarClock,
  CircleDot,
  Fingerprint,
  History,
  KeyRound,
  ListChecks,
  MessageSquareText,
  Network,
  RadioTower,
  ShieldCheck,
  Sparkle,
  Tags,
  Target,
  TextCursorInput,
  TriangleAlert,
  UserRound,
  Users,
  Workflow,
  Zap,
} from '@lucide/vue'
import type { Component } from 'vue'

/** `name` is the page's route and the key of its words (`settings.pages.<name>`). */
export interface SettingsPage {
  name: string
  /** The address below /settings. */
  path: string
  /** The component's file in pages/settings. */
  file: string
  /** Any of these permissions; none: everybody who is signed in. */
  needs: string[]
  icon: Component
  /** The subject of its words where several pages share one. */
  words?: string
}

export interface SettingsGroup {
  key: 'personal' | 'people' | 'tickets' | 'replies' | 'operations'
  pages: SettingsPage[]
}

const page = (name: string, file: string, icon: Component, ...needs: string[]): SettingsPage => ({ name, path: name, file, needs, icon })

const PEOPLE = { words: 'people' }

const ALL: SettingsGroup[] = [
  { key: 'personal', pages: [{ ...page('profile', 'ProfilePage', UserRound), ...PEOPLE }, { ...page('security', 'SecurityPage', ShieldCheck), ...PEOPLE }] },
  {
    key: 'people',
    pages: [
      { ...page('agents', 'AgentsPage', Users, 'agent:write'), ...PEOPLE },
      { ...page('roles', 'RolesPage', Fingerprint, 'role:write'), ...PEOPLE },
      page('queues', 'QueuesPage', Network, 'team:write'),
      page('skills', 'SkillsPage', Sparkle, 'team:write'),
    ],
  },
  {
    key: 'tickets',
    pages: [
      page('categories', 'CategoriesPage', BookMarked, 'category:write'),
      page('statuses', 'StatusesPage', CircleDot, 'ticket_setting:write'),
      page('fields', 'FieldsPage', TextCursorInput, 'ticket_setting:write'),
      page('tags', 'TagsPage', Tags, 'ticket_setting:write'),
      page('sla', 'SlaPage', Target, 'sla:write'),
      page('hours', 'HoursPage', CalendarClock, 'calendar:read'),
    ],
  },
  {
    key: 'replies',
    pages: [
      page('canned', 'CannedAnswersPage', MessageSquareText, 'ticket:reply'),
      page('macros', 'MacrosPage', Zap, 'ticket:reply'),
      page('automations', 'AutomationsPage', Workflow, 'automation:read'),
    ],
  },
  {
    key: 'operations',
    pages: [
      page('channels', 'ChannelsPage', RadioTower, 'channel:read'),
      page('failed-events', 'FailedEventsPage', TriangleAlert, 'failed_event:read'),
      { ...page('tokens', 'TokensPage', KeyRound, 'token:write'), ...PEOPLE },
      page('audit', 'AuditPage', History, 'audit:read'),
      page('ratings', 'RatingsPage', ListChecks, 'rating:read'),
    ],
  },
]

const FILES = import.meta.glob<{ default: Component }>('../pages/settings/*Page.vue')
const fileOf = (one: SettingsPage) => `../pages/settings/${one.file}.vue`

/** How a page is fetched when it is opened. */
export const loaderOf = (one: SettingsPage) => FILES[fileOf(one)]!

export const SETTINGS: SettingsGroup[] = ALL.map((group) => ({ ...group, pages: group.pages.filter((one) => fileOf(one) in FILES) }))

export function settingsFor(can: (permission: string) => boolean): SettingsGroup[] {
  const open = (one: SettingsPage) => one.needs.length === 0 || one.needs.some(can)
  return SETTINGS.map((group) => ({ ...group, pages: group.pages.filter(open) })).filter((group) => group.pages.length > 0)
}
