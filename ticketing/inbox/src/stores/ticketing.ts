/** What an organisation makes of its tickets: categories, statuses, tags and fields. Read once, when first needed. */
import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import * as api from '@/api/ticketing'
import type { Category, CategoryGroup } from '@/api/types'

export const useTicketing = defineStore('ticketing', () => {
  const categories = ref<Category[]>([])
  const groups = ref<CategoryGroup[]>([])
  const statuses = ref<api.CustomStatus[]>([])
  const fields = ref<api.CustomField[]>([])
  const tags = ref<string[]>([])
  let reading: Promise<void> | null = null

  async function readAll(): Promise<void> {
    const [about, own, kept, words] = await Promise.all([api.categories.list(), api.statuses.list(), api.fields.list(), api.tags.list()])
    categories.value = about.categories
    groups.value = about.groups
    statuses.value = own.statuses
    fields.value = kept.fields
    tags.value = words.tags.map((tag) => tag.name)
  }

  /** Everything, once; what failed is tried again by the next who needs it. */
  function load(): Promise<void> {
    reading ??= readAll().catch((problem: unknown) => {
      reading = null
      throw problem
    })
    return reading
  }

  /** Read again with the next need: the settings were changed. */
  function forget(): void {
    reading = null
  }

  function learnTags(names: string[]): void {
    const fresh = names.filter((name) => !tags.value.includes(name))
    if (fresh.length > 0) tags.value = [...tags.value, ...fresh].sort((a, b) => a.localeCompare(b))
  }

  const offered = computed(() => categories.value.filter((one) => one.active))
  const offeredStatuses = computed(() => statuses.value.filter((one) => !one.archived))
  const fieldsOf = (subject: 'ticket' | 'contact') => fields.value.filter((one) => one.subject === subject && !one.archived)

  return { categories, groups, statuses, fields, tags, offered, offeredStatuses, fieldsOf, load, forget, learnTags }
})
