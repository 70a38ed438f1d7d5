/** What the assistant was asked and how it ended (docs/api.md "Learning"). */
import { request, withQuery } from './client'
import type { InterfaceLanguage, Person } from './types'

export interface Figures {
  dialogues: number
  handed_over: number
  contained: number
  came_back: number
  unanswered: number
  undecided: number
  containment: number | null
}

export interface LearningReport {
  from: string
  to: string
  totals: Figures
  by_day: ({ date: string } & Figures)[]
  by_intent: ({ intent: string | null } & Figures)[]
  by_language: ({ language: string } & Figures)[]
  reasons: { reason: string; handovers: number }[]
  turns: { answered: number; asked: number; fallback: number; handed_over: number }
}

export interface QuestionGroup {
  language: string
  text: string
  count: number
  fallback: number
  not_understood: number
  after_answer: number
  intents: string[]
  samples: string[]
  first_at: string
  last_at: string
}

export interface Example {
  id: string
  text: string
  language: string
  intent: string
  agent: Person | null
  created_at: string
}

type Period = { from?: string; to?: string }

export const learning = {
  report: (period: Period) => request<LearningReport>('GET', withQuery('/api/learning/report', period)),
  groups: (period: Period & { language?: string }) =>
    request<{ groups: QuestionGroup[]; questions: number; languages: string[] }>('GET', withQuery('/api/learning/groups', period)),
  dismiss: (group: { language: string; text: string }) => request<void>('POST', '/api/learning/groups/dismiss', group),
  toArticle: (group: { language: string; text: string; category?: string }) =>
    request<{ article_id: string | null; draft: { language: InterfaceLanguage; title: string; body: string } }>('POST', '/api/learning/groups/article', group),
  toExamples: (group: { language: string; text: string; intent: string; texts: string[] }) =>
    request<{ examples: Example[] }>('POST', '/api/learning/groups/example', group),
  examples: () => request<{ examples: Example[] }>('GET', '/api/learning/examples'),
  removeExample: (id: string) => request<void>('DELETE', `/api/learning/examples/${id}`),
  intents: () => request<{ intents: string[] }>('GET', '/api/learning/intents'),
}
