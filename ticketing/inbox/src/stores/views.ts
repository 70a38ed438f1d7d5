/** The views: what each is called, shows and holds. Built-in ones are known before the desk is asked. */
import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import * as api from '@/api/search'
import type { View, ViewChange } from '@/api/search'
import type { ViewName } from '@/api/types'
import type { Filter, Order } from '@/lib/filters'
import { BUILT_IN } from '@/lib/order'

export const useViews = defineStore('views', () => {
  const saved = ref<View[]>([])
  const isRead = ref(false)
  const byId = computed(() => new Map(saved.value.map((view) => [view.id, view])))

  async function load(): Promise<void> {
    const { views } = await api.views.list()
    saved.value = views.filter((view) => view.share !== 'built_in')
    isRead.value = true
  }

  /** What a view shows; a saved one that was not read yet shows what the desk says. */
  function definition(id: ViewName): { filter: Filter; order: Order } | null {
    return BUILT_IN[id] ?? byId.value.get(id) ?? null
  }

  async function create(view: ViewChange): Promise<View> {
    const made = await api.views.create(view)
    saved.value = [...saved.value, made]
    return made
  }

  async function change(id: string, changes: ViewChange): Promise<void> {
    const changed = await api.views.change(id, changes)
    saved.value = saved.value.map((view) => (view.id === id ? changed : view))
  }

  async function remove(id: string): Promise<void> {
    await api.views.remove(id)
    saved.value = saved.value.filter((view) => view.id !== id)
  }

  function clear(): void {
    saved.value = []
    isRead.value = false
  }

  return { saved, isRead, byId, load, definition, create, change, remove, clear }
})
