/** What the agent is told (docs/api/sla.md "Notifications"). */
import { request, withQuery } from './client'

export interface Notification {
  id: string
  kind: string
  ticket: { id: string; number: string | null; contact_name: string | null } | null
  data: Record<string, unknown>
  created_at: string
  read_at: string | null
}

export const notifications = {
  list: (before?: string) => request<{ notifications: Notification[]; unread: number; has_more: boolean }>('GET', withQuery('/api/notifications', { before })),
  read: (which: { ids?: string[]; ticket_id?: string }) => request<{ unread: number }>('POST', '/api/notifications/read', which),
}
