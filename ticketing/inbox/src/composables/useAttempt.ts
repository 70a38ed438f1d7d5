/** What a form's button does, one at a time: whether it is at it, and why it was refused. */
import { ref, type Ref } from 'vue'

export interface Attempt {
  busy: Ref<boolean>
  refused: Ref<string>
  attempt: (change: () => Promise<unknown>) => Promise<boolean>
}

/** `tell` says in one sentence what a refusal means. */
export function useAttempt(tell: (problem: unknown) => string): Attempt {
  const busy = ref(false)
  const refused = ref('')

  /** Whether it went through; what it was refused for stands in `refused`. */
  async function attempt(change: () => Promise<unknown>): Promise<boolean> {
    if (busy.value) return false
    busy.value = true
    refused.value = ''
    try {
      await change()
      return true
    } catch (problem) {
      refused.value = tell(problem)
      return false
    } finally {
      busy.value = false
    }
  }

  return { busy, refused, attempt }
}
