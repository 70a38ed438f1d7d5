/** Which tickets of the list are chosen for a change of many. */
import { defineStore } from 'pinia'
import { computed, ref } from 'vue'

/** What one change of many takes. */
export const MOST = 1000

export const useSelection = defineStore('selection', () => {
  const chosen = ref(new Set<string>())
  const count = computed(() => chosen.value.size)
  /** The last one that was chosen by hand: Shift reaches from it. */
  let anchor: string | null = null

  function set(ids: Iterable<string>): void {
    chosen.value = new Set([...ids].slice(0, MOST))
  }

  /** `reach`: everything between the last one and this one, in the order shown. */
  function toggle(id: string, shown: string[], reach = false): void {
    const from = anchor === null ? -1 : shown.indexOf(anchor)
    const to = shown.indexOf(id)
    if (reach && from >= 0 && to >= 0) {
      set([...chosen.value, ...shown.slice(Math.min(from, to), Math.max(from, to) + 1)])
    } else {
      const next = new Set(chosen.value)
      if (!next.delete(id)) next.add(id)
      set(next)
    }
    anchor = id
  }

  function clear(): void {
    chosen.value = new Set()
    anchor = null
  }

  return { chosen, count, set, toggle, clear, has: (id: string) => chosen.value.has(id) }
})
