/** What customers thought of an answer (docs/api/ratings.md). */
import { request, withQuery } from './client'
import type { InterfaceLanguage } from './types'

export type RatingGroup = 'none' | 'agent' | 'team' | 'category' | 'channel'

export interface RatingFigures {
  key: string | null
  name: Record<InterfaceLanguage, string> | string | null
  asked: number
  answered: number
  comments: number
  mean: number | null
  /** How many gave 1, 2, 3, 4 and 5. */
  scores: number[]
}

export interface RatingAnswer {
  id: string
  ticket_id: string
  number: string | null
  score: number
  comment: string | null
  answered_at: string
  channel: string | null
  category: string | null
  agent: { id: string; name: string } | null
}

export interface SurveySettings {
  enabled: boolean
  delay_minutes: number
  not_again_days: number
  first_hour: number
  last_hour: number
  channels: string[]
  teams: string[]
  version: number
  questions: Record<string, string>
}

export const ratings = {
  report: (group: RatingGroup, since: string) => request<{ total: RatingFigures; groups: RatingFigures[] }>('GET', withQuery('/api/ratings/report', { group, since })),
  answers: (query: { since: string; at_most: number; with_comment: string; cursor: string | null }) =>
    request<{ answers: RatingAnswer[]; next_cursor: string | null }>('GET', withQuery('/api/ratings', { ...query, limit: 30 })),
  settings: () => request<SurveySettings>('GET', '/api/ratings/settings'),
  save: ({ questions: _, ...settings }: SurveySettings) => request<SurveySettings>('PUT', '/api/ratings/settings', settings),
}
