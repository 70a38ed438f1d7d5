/** One article under the agent's hands: what is stored, what was written since, and what happens to it. */
import { computed, reactive, ref, watch } from 'vue'
import { articles as api, type Article, type ArticleStatus, type Audience, type Translation } from '@/api/articles'
import { ApiError } from '@/api/client'
import type { InterfaceLanguage } from '@/api/types'
import { isolate } from '@/lib/text'
import { useWords } from '@/lib/words'
import { useNotices } from '@/stores/notices'

export interface Written {
  title: string
  summary: string
  body: string
  source: string
  slug: string
}

const EMPTY: Written = { title: '', summary: '', body: '', source: '', slug: '' }
const DONE = { draft: 'drafted', published: 'published', archived: 'archived' } as const
const textOf = (one: Translation | undefined): Written =>
  one ? { title: one.title, summary: one.summary, body: one.body, source: one.source, slug: one.slug } : { ...EMPTY }

export function useArticle(startLanguage: InterfaceLanguage) {
  const { t, error } = useWords()
  const notices = useNotices()
  const stored = ref<Article | null>(null)
  const language = ref<InterfaceLanguage>(startLanguage)
  const written = reactive<Written>({ ...EMPTY })
  const properties = reactive({ category: '', audience: 'public' as Audience, review_on: '' })
  const isMinor = ref(false)
  const isUpToDate = ref(true)
  const busy = ref(false)
  const conflict = ref('')

  const translation = computed(() => stored.value?.translations.find((one) => one.language === language.value))
  const original = computed(() => stored.value?.translations.find((one) => one.language === stored.value?.source_language))
  const isOriginal = computed(() => !stored.value || stored.value.source_language === language.value)
  const hasNewText = computed(() => {
    const before = textOf(translation.value)
    return (Object.keys(before) as (keyof Written)[]).some((name) => written[name] !== before[name])
  })
  const hasNewProperties = computed(
    () =>
      stored.value !== null &&
      (properties.category !== stored.value.category || properties.audience !== stored.value.audience || properties.review_on !== (stored.value.review_on ?? '')),
  )
  const isUnsaved = computed(() => hasNewText.value || hasNewProperties.value)

  function adopt(article: Article): void {
    stored.value = article
    Object.assign(properties, { category: article.category, audience: article.audience, review_on: article.review_on ?? '' })
    takeText()
  }

  function takeText(): void {
    Object.assign(written, textOf(translation.value))
    isMinor.value = false
    isUpToDate.value = true
    conflict.value = ''
  }
  watch(language, takeText)

  async function read(id: string): Promise<void> {
    const article = await api.read(id)
    if (!article.translations.some((one) => one.language === language.value)) language.value = article.source_language
    adopt(article)
  }

  /** Runs one change; false when it was refused, with the reason shown. */
  async function run(change: () => Promise<void>): Promise<boolean> {
    if (busy.value) return false
    busy.value = true
    try {
      await change()
      return true
    } catch (problem) {
      refuse(problem)
      return false
    } finally {
      busy.value = false
    }
  }

  function refuse(problem: unknown): void {
    const code = problem instanceof ApiError ? problem.code : ''
    const by = problem instanceof ApiError && typeof problem.fields.by === 'string' ? problem.fields.by : ''
    if (code === 'article_changed') conflict.value = by ? t('knowledge.editor.changedBy', { name: isolate(by) }) : t('knowledge.editor.changed')
    else if (code === 'slug_taken') notices.show(t('knowledge.editor.slugTaken'), 'warning')
    else if (code === 'incomplete') notices.show(t('knowledge.editor.needsTitle'), 'warning')
    else notices.show(error(problem), 'danger')
  }

  const isComplete = computed(() => written.title.trim() !== '' && written.body.trim() !== '')
  /** The address is derived from the title unless somebody chose one. */
  const text = () => ({ ...written, slug: written.slug.trim() || undefined })

  async function store(): Promise<void> {
    const article = stored.value
    if (!article) {
      const { category, audience, review_on } = properties
      adopt(await api.create({ ...text(), category, audience, language: language.value, ...(review_on ? { review_on } : {}) }))
      return
    }
    let newest = article
    if (hasNewProperties.value) {
      newest = await api.change(article.id, { ...properties, version: article.version, review_on: properties.review_on || null })
    }
    if (hasNewText.value) {
      const marks = isOriginal.value ? { minor: isMinor.value } : { up_to_date: isUpToDate.value }
      newest = await api.write(article.id, language.value, { ...text(), version: translation.value?.version ?? 0, ...marks })
    }
    adopt(newest)
  }

  async function save(): Promise<boolean> {
    if (!isComplete.value) {
      notices.show(t('knowledge.editor.needsTitle'), 'warning')
      return false
    }
    const done = await run(store)
    if (done) notices.show(t('knowledge.editor.saved'), 'success')
    return done
  }

  async function setStatus(status: ArticleStatus): Promise<void> {
    if (!isComplete.value) return notices.show(t('knowledge.editor.needsTitle'), 'warning')
    const done = await run(async () => {
      if (isUnsaved.value || !stored.value) await store()
      adopt(await api.setStatus(stored.value!.id, language.value, translation.value?.version ?? 0, status))
    })
    if (done) notices.show(t(`knowledge.editor.${DONE[status]}`), 'success')
  }

  async function restore(version: number): Promise<void> {
    const done = await run(async () => adopt(await api.restore(stored.value!.id, language.value, translation.value?.version ?? 0, version)))
    if (done) notices.show(t('knowledge.editor.restored', { number: version }), 'success')
  }

  return { stored, language, written, properties, isMinor, isUpToDate, busy, conflict, translation, original, isOriginal, isUnsaved, hasNewText, read, save, setStatus, restore }
}

export type ArticleInHand = ReturnType<typeof useArticle>
