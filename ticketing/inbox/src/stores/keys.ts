/** The shortcuts of whoever sits before this browser: the defaults and what was changed. */
import { useLocalStorage } from '@vueuse/core'
import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import { bindings, labelOf, type Remappable, type Stroke } from '@/lib/keyboard'

interface KeyboardWithLayout {
  getLayoutMap?: () => Promise<ReadonlyMap<string, string>>
}

export const useKeys = defineStore('keys', () => {
  const chosen = useLocalStorage<Partial<Record<Remappable, Stroke>>>('wasl.keys', {})
  const all = computed(() => bindings(chosen.value))
  const layout = shallowRef<ReadonlyMap<string, string> | null>(null)
  const isChanged = computed(() => Object.keys(chosen.value).length > 0)

  /** Only some browsers tell what is written on the keys. */
  async function readLayout(): Promise<void> {
    const { keyboard } = navigator as Navigator & { keyboard?: KeyboardWithLayout }
    layout.value = (await keyboard?.getLayoutMap?.().catch(() => null)) ?? null
  }

  const labels = (action: Remappable) => all.value[action].map((stroke) => labelOf(stroke, layout.value))
  const choose = (action: Remappable, stroke: Stroke) => (chosen.value = { ...chosen.value, [action]: stroke })
  const reset = () => (chosen.value = {})

  return { all, layout, isChanged, readLayout, labels, choose, reset }
})
