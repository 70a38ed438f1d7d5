/** The agency network (docs/api.md "Network"). */
import { fromProblem, request, withQuery } from './client'
import { newId } from '@/lib/ids'
import type { Problem } from './client'

export type PlaceNames = { ar: string; fr: string }

export interface Place {
  id: string
  kind: string
  names: PlaceNames
  commune: string
  province: PlaceNames
}

export interface Visit {
  stop_id: string
  van: string
  place: { id: string; names: PlaceNames }
  usual_place: { id: string; names: PlaceNames }
  commune: { id: string; names: PlaceNames }
  starts_at: string
  ends_at: string
  services: string[]
  status: 'planned' | 'moved' | 'cancelled'
  reason: { key: string; ar: string | null; fr: string | null } | null
  listeners: number
}

export interface StopChange {
  id: string
  on: string
  kind: 'cancelled' | 'moved' | 'holiday'
  reason: string
  reason_ar: string | null
  reason_fr: string | null
  stop_id: string | null
  van_id: string | null
  new_starts: string | null
  new_ends: string | null
  new_place_id: string | null
}

export interface Van {
  id: string
  code: string
  names: PlaceNames
  status: string
}

export interface Week {
  since: string
  days: number
  visits: Visit[]
  changes: StopChange[]
  vans: Van[]
  reasons: Record<string, PlaceNames>
}

export interface NewChange {
  on: string
  kind: 'cancelled' | 'moved' | 'holiday'
  reason: string
  reason_ar?: string
  reason_fr?: string
  stop_id?: string
  van_id?: string
  new_starts?: string
  new_ends?: string
  new_place_id?: string
}

export interface Agency {
  id: string
  key: string
  status: 'open' | 'planned' | 'closed'
  name_ar: string
  name_fr: string
  address_ar: string | null
  address_fr: string | null
  commune_id: string
  services: string[]
  hours: Record<string, [string, string][]>
  single_counter: boolean
  opens_on: string | null
  is_verified: boolean
}

export const FILES = ['agencies', 'timetable', 'payment_points', 'places'] as const
export type NetworkFile = (typeof FILES)[number]

export interface FileProblem {
  line: number | null
  column: string | null
  message: string
}

export interface FileVerdict {
  dry_run: boolean
  added: number
  changed: number
  unchanged: number
  removed: number
  problems: FileProblem[]
}

export const network = {
  places: () => request<{ places: Place[] }>('GET', '/api/places'),
  week: (since: string, van: string) => request<Week>('GET', withQuery('/api/network/stops', { since, days: 7, van })),
  change: (change: NewChange) => request<{ told: number }>('POST', '/api/network/changes', change),
  undo: (id: string) => request<{ told: number }>('DELETE', `/api/network/changes/${id}`),
  agencies: () => request<{ agencies: Agency[] }>('GET', '/api/network/agencies'),
  fileUrl: (file: NetworkFile) => `/api/network/files/${file}`,
  /** What the file would do, or does; a file with problems comes back as them, with nothing changed. */
  async send(file: NetworkFile, content: File, isDryRun: boolean): Promise<FileVerdict> {
    const path = withQuery(`/api/network/files/${file}`, { dry_run: isDryRun ? 'true' : 'false' })
    const response = await fetch(path, {
      method: 'POST',
      headers: { Accept: 'application/json', 'X-Wasl': '1', 'Idempotency-Key': newId(), 'Content-Type': 'text/csv' },
      body: content,
      credentials: 'same-origin',
    })
    const answer = (await response.json().catch(() => ({}))) as Partial<FileVerdict & Problem>
    if (answer.problems) return { dry_run: isDryRun, added: 0, changed: 0, unchanged: 0, removed: 0, ...answer, problems: answer.problems }
    throw fromProblem(response, answer)
  },
}
