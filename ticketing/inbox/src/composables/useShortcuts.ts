/** Listens for shortcuts while the component is on the page. */
import { useEventListener } from '@vueuse/core'
import { actionFor, type Action } from '@/lib/keyboard'
import { useKeys } from '@/stores/keys'

export function useShortcuts(actions: Partial<Record<Action, () => void>>): void {
  const keys = useKeys()
  useEventListener(window, 'keydown', (event: KeyboardEvent) => {
    const action = actionFor(event, keys.all)
    const run = action ? actions[action] : undefined
    if (!run) return
    event.preventDefault()
    run()
  })
}
