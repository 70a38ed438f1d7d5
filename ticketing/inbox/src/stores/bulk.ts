/** The change of many that is running or was just done: how far it is, and the way back. */
import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { bulk as api, type BulkJob, type Step } from '@/api/automation'

const LOOK_MS = 700

export const useBulk = defineStore('bulk', () => {
  const job = ref<BulkJob | null>(null)
  const isRunning = computed(() => job.value?.state === 'running')
  let looking: ReturnType<typeof setTimeout> | undefined

  function follow(found: BulkJob): void {
    clearTimeout(looking)
    job.value = found
    if (found.state !== 'running') return
    looking = setTimeout(async () => {
      // A look that fails says nothing about the change, which goes on.
      const next = await api.read(found.id).catch(() => found)
      if (job.value?.id === found.id) follow(next)
    }, LOOK_MS)
  }

  /** The page was opened while one is running: show it again. */
  async function resume(): Promise<void> {
    const running = (await api.mine()).jobs.find((one) => one.state === 'running')
    if (running && !job.value) follow(running)
  }

  const begin = async (ids: string[], what: { actions: Step[] } | { macro_id: string }) => follow(await api.begin(ids, what))
  const undo = async () => job.value && follow(await api.undo(job.value.id))
  const cancel = async () => job.value && follow(await api.cancel(job.value.id))

  function dismiss(): void {
    clearTimeout(looking)
    job.value = null
  }

  return { job, isRunning, resume, begin, undo, cancel, dismiss }
})
