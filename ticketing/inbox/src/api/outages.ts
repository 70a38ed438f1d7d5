/** Incidents and planned works (docs/api.md "Outages"). */
import { request, withQuery } from './client'
import type { PlaceNames } from './network'

export type OutageService = 'electricity' | 'water' | 'sanitation'
export type OutageStatus = 'reported' | 'confirmed' | 'in_progress' | 'restored' | 'cancelled'

export interface OutageArea {
  kind: 'commune' | 'place' | 'feeder'
  value: string
  names: PlaceNames | null
  commune: string | null
}

export interface Outage {
  id: string
  service: OutageService
  is_planned: boolean
  status: OutageStatus
  phase: 'coming' | 'running' | 'overdue' | 'over'
  cause: string | null
  cause_ar: string | null
  cause_fr: string | null
  note_ar: string | null
  note_fr: string | null
  areas: OutageArea[]
  starts_at: string
  estimated_at: string | null
  ended_at: string | null
  merged_into: string | null
  reports: number
  version: number
  created_at: string
  updated_at: string
}

export interface OutageDetail extends Outage {
  followers: number
  revisions: { at: string; estimated_before: string | null; estimated_at: string | null }[]
  latest_reports: { at: string; commune: string; place: string | null; ticket_id: string | null }[]
}

export type AreaSent = { place: string } | { feeder: string }

export interface NewOutage {
  service: OutageService
  areas: AreaSent[]
  is_planned: boolean
  status?: OutageStatus
  starts_at?: string
  estimated_at?: string
  cause?: string
  note_ar?: string
  note_fr?: string
}

const one = (id: string) => `/api/outages/${id}`

export const outages = {
  list: (view: 'open' | 'closed') => request<{ outages: Outage[]; causes: string[] }>('GET', withQuery('/api/outages', { view })),
  read: (id: string) => request<OutageDetail>('GET', one(id)),
  create: (outage: NewOutage) => request<OutageDetail>('POST', '/api/outages', outage),
  setStatus: (id: string, version: number, status: OutageStatus) => request<OutageDetail>('PATCH', one(id), { version, status }),
  estimate: (id: string, version: number, estimated_at: string | null) => request<OutageDetail>('POST', `${one(id)}/estimate`, { version, estimated_at }),
  addAreas: (id: string, version: number, areas: AreaSent[]) => request<OutageDetail>('POST', `${one(id)}/areas`, { version, areas }),
  restore: (id: string, version: number) => request<OutageDetail>('POST', `${one(id)}/restore`, { version }),
  cancel: (id: string, version: number) => request<OutageDetail>('POST', `${one(id)}/cancel`, { version }),
}
