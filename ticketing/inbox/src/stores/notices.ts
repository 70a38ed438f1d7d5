/** Short words at the edge of the screen, and the same words for a screen reader. */
import { defineStore } from 'pinia'
import { ref } from 'vue'

export interface Notice {
  id: number
  tone: 'info' | 'success' | 'warning' | 'danger'
  text: string
  /** What can be done about it, while it is shown. */
  action?: { label: string; run: () => void }
}

const LIFETIME_MS = 6000
/** Long enough to read, decide and press. */
const WITH_ACTION_MS = 12_000

export const useNotices = defineStore('notices', () => {
  const shown = ref<Notice[]>([])
  const announcement = ref('')
  let count = 0

  function show(text: string, tone: Notice['tone'] = 'info', action?: Notice['action']): void {
    const id = ++count
    shown.value = [...shown.value.filter((notice) => notice.text !== text), { id, tone, text, action }].slice(-3)
    announce(text)
    setTimeout(() => dismiss(id), action ? WITH_ACTION_MS : LIFETIME_MS)
  }

  function dismiss(id: number): void {
    shown.value = shown.value.filter((notice) => notice.id !== id)
  }

  function announce(text: string): void {
    announcement.value = text
  }

  return { shown, announcement, show, dismiss, announce }
})
