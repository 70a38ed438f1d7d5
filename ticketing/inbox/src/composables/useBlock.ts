/** A part of the customer panel that is read by itself: it loads, or says that it cannot, without the others. */
import { ref, watch, type Ref } from 'vue'

export type BlockState = 'loading' | 'ready' | 'unavailable'

/** `of` names what is read: another one starts anew. `changes`: read again quietly whenever it moves. */
export function useBlock<Value>(of: () => string, changes: () => unknown, read: (id: string) => Promise<Value>) {
  const value = ref(null) as Ref<Value | null>
  const state = ref<BlockState>('loading')
  let asked = 0

  async function load(): Promise<void> {
    const mine = ++asked
    const found = await read(of()).catch(() => null)
    if (mine !== asked) return
    // What was read before is still the best there is.
    if (found !== null) value.value = found
    state.value = value.value === null ? 'unavailable' : 'ready'
  }
  function restart(): void {
    value.value = null
    state.value = 'loading'
    void load()
  }
  watch(of, restart, { immediate: true })
  watch(changes, () => void load())
  return { value, state, load, restart }
}
