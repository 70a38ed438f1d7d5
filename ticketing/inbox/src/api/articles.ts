/** The knowledge base's articles (docs/api.md "Articles"). */
import { request, withQuery } from './client'
import type { InterfaceLanguage, Person } from './types'

export type Audience = 'public' | 'agents'
export type ArticleStatus = 'draft' | 'published' | 'archived'

export interface ArticleCategory {
  key: string
  names: Record<InterfaceLanguage, string>
}

export interface TranslationRow {
  language: InterfaceLanguage
  title: string
  slug: string
  status: ArticleStatus
  stale: boolean
  version: number
  updated_at: string
  updated_by: string | null
  views: number
  helpful: number
  unhelpful: number
  url: string | null
}

export interface Translation extends TranslationRow {
  summary: string
  body: string
  source: string
  html: string
  published_at: string | null
}

interface ArticleBase {
  id: string
  number: number
  category: string
  audience: Audience
  source_language: InterfaceLanguage
  review_on: string | null
  review_due: boolean
  owner: Person | null
  version: number
  updated_at: string
  demonstration?: boolean
}
export type ArticleRow = ArticleBase & { translations: TranslationRow[] }
export type Article = ArticleBase & { translations: Translation[] }

export interface ArticlePage {
  articles: ArticleRow[]
  next_cursor: string | null
  categories: ArticleCategory[]
}

export interface ArticleFilter {
  q?: string
  language?: string
  category?: string
  audience?: string
  status?: string
  stale?: string
  due?: string
  cursor?: string | null
}

export interface ArticleText {
  title: string
  body: string
  summary: string
  source: string
  slug?: string
}

export interface VersionRow {
  version: number
  author: string | null
  created_at: string
  title: string
  restored_from: number | null
}

export interface ArticleVersion extends ArticleText {
  version: number
  author: string | null
  created_at: string
  changes: { kind: 'same' | 'added' | 'removed'; text: string }[] | null
}

export interface ArticleFound {
  article_id: string
  number: number
  language: InterfaceLanguage
  title: string
  summary: string
  excerpt: string
  audience: Audience
  url: string | null
  updated_at: string
  stale: boolean
}

const translation = (id: string, language: InterfaceLanguage) => `/api/articles/${id}/translations/${language}`

export const articles = {
  list: (filter: ArticleFilter, signal?: AbortSignal) =>
    request<ArticlePage>('GET', withQuery('/api/articles', { ...filter, limit: 50 }), undefined, signal),
  search: (q: string, language: string | null, signal?: AbortSignal) =>
    request<{ results: ArticleFound[] }>('GET', withQuery('/api/articles/search', { q, language, limit: 6 }), undefined, signal),
  read: (id: string) => request<Article>('GET', `/api/articles/${id}`),
  create: (article: ArticleText & { category: string; audience: Audience; language: InterfaceLanguage; review_on?: string }) =>
    request<Article>('POST', '/api/articles', article),
  change: (id: string, change: { version: number; category?: string; audience?: Audience; review_on?: string | null }) =>
    request<Article>('PATCH', `/api/articles/${id}`, change),
  write: (id: string, language: InterfaceLanguage, text: ArticleText & { version: number; minor?: boolean; up_to_date?: boolean }) =>
    request<Article>('PATCH', translation(id, language), text),
  setStatus: (id: string, language: InterfaceLanguage, version: number, status: ArticleStatus) =>
    request<Article>('POST', `${translation(id, language)}/status`, { version, status }),
  restore: (id: string, language: InterfaceLanguage, version: number, restore: number) =>
    request<Article>('POST', `${translation(id, language)}/restore`, { version, restore }),
  versions: (id: string, language: InterfaceLanguage) => request<{ versions: VersionRow[] }>('GET', `${translation(id, language)}/versions`),
  version: (id: string, language: InterfaceLanguage, version: number, against: number | null) =>
    request<ArticleVersion>('GET', withQuery(`${translation(id, language)}/versions/${version}`, { against })),
  preview: (body: string, language: InterfaceLanguage, signal?: AbortSignal) =>
    request<{ html: string; minutes: number }>('POST', '/api/articles/preview', { body, language }, signal),
}
