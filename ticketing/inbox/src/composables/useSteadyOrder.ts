/** Keeps a list from moving under the hand: while `held`, rows stay where they are and new ones wait above. */
import { computed, ref, watch, type Ref } from 'vue'

/** What to show while held: the rows as they were, and what was appended after the last of them. */
export function holdOrder(shown: string[], wanted: string[]): { shown: string[]; waiting: string[] } {
  const before = new Set(shown)
  const position = new Map(wanted.map((id, index) => [id, index]))
  const last = Math.max(-1, ...shown.map((id) => position.get(id) ?? -1))
  const added = wanted.filter((id) => !before.has(id))
  const appended = added.filter((id) => position.get(id)! > last)
  return { shown: [...shown, ...appended], waiting: added.filter((id) => position.get(id)! <= last) }
}

/** `listKey` names the list: another list starts afresh. */
export function useSteadyOrder(wanted: Ref<string[]>, held: Ref<boolean>, listKey: Ref<string>) {
  const shown = ref<string[]>(wanted.value)
  const waiting = ref<string[]>([])

  function release(): void {
    shown.value = wanted.value
    waiting.value = []
  }

  watch([wanted, held, listKey], ([, isHeld, key], [, , previousKey]) => {
    if (!isHeld || key !== previousKey || shown.value.length === 0) release()
    else ({ shown: shown.value, waiting: waiting.value } = holdOrder(shown.value, wanted.value))
  })

  return { shown, waitingCount: computed(() => waiting.value.length), release }
}
