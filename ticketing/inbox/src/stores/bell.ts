/** What the agent is told beside the tickets: how much is unread, and the newest of it. */
import { defineStore } from 'pinia'
import { ref } from 'vue'
import { notifications, type Notification } from '@/api/notifications'

export const useBell = defineStore('bell', () => {
  const unread = ref(0)
  const items = ref<Notification[] | null>(null)
  const hasMore = ref(false)

  async function load(): Promise<void> {
    const page = await notifications.list()
    items.value = page.notifications
    unread.value = page.unread
    hasMore.value = page.has_more
  }

  async function more(): Promise<void> {
    const last = items.value?.at(-1)
    if (!last) return
    const page = await notifications.list(last.id)
    items.value = [...(items.value ?? []), ...page.notifications]
    hasMore.value = page.has_more
  }

  /** The desk says how many wait: a longer list than ours is read again when it is looked at. */
  function told(count: number): void {
    const changed = count !== unread.value
    unread.value = count
    if (changed && items.value !== null) void load().catch(() => {})
  }

  async function read(which: { ids?: string[]; ticket_id?: string }): Promise<void> {
    const at = new Date().toISOString()
    const concerned = (one: Notification) => (!which.ids || which.ids.includes(one.id)) && (!which.ticket_id || one.ticket?.id === which.ticket_id)
    items.value = items.value?.map((one) => (one.read_at === null && concerned(one) ? { ...one, read_at: at } : one)) ?? null
    unread.value = (await notifications.read(which)).unread
  }

  function clear(): void {
    unread.value = 0
    items.value = null
  }

  return { unread, items, hasMore, load, more, told, read, clear }
})
