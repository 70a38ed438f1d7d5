/** Queues with their people, skills and settings: read whole, changed one thing at a time; and the desk's channels. */
import { onMounted, ref } from 'vue'
import { ApiError } from '@/api/client'
import * as desk from '@/api/desk'
import { queues as api, type Queues } from '@/api/routing'
import { useNotices } from '@/stores/notices'

/** `taken`: what to say beside a key that exists. `tell`: what any other refusal means. */
export function useQueues(taken: () => string, tell: (problem: unknown) => string) {
  const notices = useNotices()
  const data = ref<Queues | null>(null)
  const channels = ref<string[]>([])
  const failed = ref(false)
  const busy = ref(false)
  const keyProblem = ref('')

  async function read(): Promise<void> {
    try {
      data.value = await api.read()
      failed.value = false
    } catch {
      failed.value = data.value === null
    }
  }

  async function readChannels(): Promise<void> {
    const { accounts } = await desk.operations.accounts()
    channels.value = [...new Set(accounts.map((account) => account.channel))].toSorted()
  }

  /** Whether it went well; then everything is read again. */
  async function run(change: () => Promise<unknown>, success: string): Promise<boolean> {
    if (busy.value) return false
    busy.value = true
    keyProblem.value = ''
    try {
      await change()
      notices.show(success, 'success')
      await read()
      return true
    } catch (problem) {
      if (problem instanceof ApiError && problem.code === 'key_taken') keyProblem.value = taken()
      else notices.show(tell(problem), 'danger')
      return false
    } finally {
      busy.value = false
    }
  }

  onMounted(() => Promise.all([read(), readChannels().catch(() => {})]))
  return { data, channels, failed, busy, keyProblem, read, run }
}
