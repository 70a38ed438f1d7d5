/** A page of the settings that reads its records, changes them one at a time, and says what came of it. */
import { onMounted, reactive, ref } from 'vue'
import { ApiError } from '@/api/client'
import { useWords } from '@/lib/words'
import { useNotices } from '@/stores/notices'
import { useTicketing } from '@/stores/ticketing'

export function useSettings(read: () => Promise<void>) {
  const { t, error } = useWords()
  const notices = useNotices()
  const ticketing = useTicketing()
  const status = ref<'loading' | 'ready' | 'failed'>('loading')
  const busy = ref(false)
  /** What the desk says of single fields, by name. */
  const problems = reactive<Record<string, string>>({})

  async function reload(): Promise<void> {
    try {
      await read()
      status.value = 'ready'
    } catch (problem) {
      if (status.value === 'ready') notices.show(error(problem), 'danger')
      else status.value = 'failed'
    }
  }

  const clear = () => Object.keys(problems).forEach((name) => delete problems[name])

  /** Whether it went well: then everybody who keeps these records reads them again. */
  async function run(change: () => Promise<unknown>, success = t('common.saved')): Promise<boolean> {
    if (busy.value) return false
    busy.value = true
    clear()
    try {
      await change()
      ticketing.forget()
      notices.show(success, 'success')
      await reload()
      return true
    } catch (problem) {
      if (problem instanceof ApiError) for (const [name, wrong] of Object.entries(problem.fields)) problems[name] = String(wrong)
      notices.show(error(problem), 'danger')
      return false
    } finally {
      busy.value = false
    }
  }

  onMounted(reload)
  return { status, busy, problems, reload, run, clear }
}

/** The positions that put `rows[index]` one place up or down, for those rows that change theirs. */
export function moved<Row extends { position: number }>(rows: Row[], index: number, by: 1 | -1): { row: Row; position: number }[] {
  const order = [...rows]
  const [row] = order.splice(index, 1)
  if (!row) return []
  order.splice(index + by, 0, row)
  return order.map((one, place) => ({ row: one, position: (place + 1) * 10 })).filter(({ row: one, position }) => one.position !== position)
}
