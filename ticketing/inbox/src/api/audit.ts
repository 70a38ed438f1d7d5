/** Who looked at what and who changed what (docs/api/audit.md). */
import { request, withQuery } from './client'

export type AuditKind = 'view' | 'change' | 'sign_in' | 'export' | 'retention'

export interface AuditLine {
  id: string
  at: string
  kind: AuditKind
  what: string
  actor: string
  agent: { id: string; name: string } | null
  token: string | null
  ticket: { id: string; number: string | null } | null
  contact: { id: string; name: string | null } | null
  subject: string | null
  detail: Record<string, unknown>
  address: string | null
}

export interface AuditFilter {
  agent?: string
  contact?: string
  ticket?: string
  kind?: string
  since?: string
  to?: string
}

export const audit = {
  list: (filter: AuditFilter, cursor: string | null) => request<{ lines: AuditLine[]; next_cursor: string | null }>('GET', withQuery('/api/audit', { ...filter, cursor, limit: 50 })),
  exportUrl: (filter: AuditFilter) => withQuery('/api/audit/export', { ...filter }),
}
