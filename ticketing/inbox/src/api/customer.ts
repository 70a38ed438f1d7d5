/** What is known of a customer beside his tickets (docs/api/customer.md). */
import { request } from './client'

type Person = { id: string; name: string }
export type PlaceNames = { ar: string; fr: string }
/** One for the customer in each of his languages. */
export type Sentences = Record<string, string>

export interface Bill {
  period: string
  amount_centimes: number
  due_on: string
  is_paid: boolean
  paid_at: string | null
}

export interface Contract {
  id: string
  reference: string
  service: string
  holder: string
  commune: PlaceNames | null
  zone: string
  status: string
  verification: { how: 'code' | 'agent' | 'attested'; at: string | null; until: string | null; valid: boolean } | null
  link: { agent: Person | null; at: string; reason: string } | null
  billing: { state: 'ok' | 'unavailable'; last_bill: Bill | null; balance: { amount_centimes: number; unpaid_bills: number; due_on: string | null } | null }
}

export interface ZoneOutage {
  id: string
  service: string
  is_planned: boolean
  phase: 'coming' | 'running' | 'overdue' | 'over'
  surely: boolean
  names: PlaceNames
  starts_at: string
  estimated_at: string | null
  sentences: Sentences
}

export interface ZoneStop {
  names: PlaceNames
  starts_at: string
  ends_at: string
  van: string
  moved: boolean
  sentences: Sentences
}

export interface Zone {
  commune_id: string
  names: PlaceNames
  source: 'contract' | 'handover'
  outages: ZoneOutage[]
  next_stop: ZoneStop | null
}

export const PURPOSES = ['outage_notices', 'satisfaction_surveys', 'campaigns'] as const
export const SOURCES = ['message', 'call', 'agency', 'letter', 'form'] as const
export type ConsentState = 'granted' | 'refused'

export interface Consent {
  purpose: (typeof PURPOSES)[number]
  channel: string | null
  state: ConsentState | null
  source: (typeof SOURCES)[number] | null
  at: string | null
  agent: Person | null
}

export interface Note {
  id: string
  text: string
  agent: Person | null
  created_at: string
  changed_at: string | null
}

const of = (contactId: string, what: string) => `/api/contacts/${contactId}/${what}`

export const customer = {
  contracts: (id: string) => request<{ contracts: Contract[]; by_phone: 'ok' | 'unavailable' }>('GET', of(id, 'contracts')),
  link: (id: string, reference: string, reason: string) => request<void>('POST', of(id, 'contracts'), { reference, reason }),
  unlink: (id: string, contractId: string) => request<void>('DELETE', of(id, `contracts/${contractId}`)),
  places: (id: string) => request<{ zones: Zone[] }>('GET', of(id, 'places')),
  consents: (id: string) => request<{ consents: Consent[] }>('GET', of(id, 'consents')),
  saveConsent: (id: string, said: Pick<Consent, 'purpose' | 'channel' | 'state' | 'source'>) => request<{ consents: Consent[] }>('PUT', of(id, 'consents'), said),
  notes: (id: string) => request<{ notes: Note[] }>('GET', of(id, 'notes')),
  addNote: (id: string, text: string) => request<Note>('POST', of(id, 'notes'), { text }),
  changeNote: (noteId: string, text: string) => request<Note>('PATCH', `/api/contact_notes/${noteId}`, { text }),
  deleteNote: (noteId: string) => request<void>('DELETE', `/api/contact_notes/${noteId}`),
  rename: (id: string, changes: { name?: string | null; language?: string | null }) => request<{ name: string | null; language: string | null }>('PATCH', `/api/contacts/${id}`, changes),
}
