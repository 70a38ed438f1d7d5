/** Sign-in, agents' accounts, roles and tokens (docs/api/people.md). */
import { request, withQuery } from './client'
import type { InterfaceLanguage, Session, Team } from './types'

export type Names = Record<InterfaceLanguage, string>

export interface SignInOptions {
  oidc: { name: string } | null
  password: boolean
  mail: boolean
  minimum_length: number
}

/** The password was right; a code is awaited. */
export interface Challenge {
  second_factor: true
  challenge: string
  expires_at: string
}

export interface AccountLink {
  purpose: 'invitation' | 'reset'
  email: string
  name: string
  language: InterfaceLanguage
}

export interface SessionRow {
  id: string
  current: boolean
  device: string | null
  user_agent: string | null
  address: string | null
  method: 'password' | 'oidc'
  created_at: string
  seen_at: string
  expires_at: string
}

export interface Security {
  password: boolean
  second_factor: { since: string } | null
  second_factor_required: boolean
  recovery_codes_left: number
  sessions: SessionRow[]
  minimum_length: number
}

export interface Enrolment {
  secret: string
  uri: string
  qr: string
}

export interface Token {
  id: string
  name: string
  kind: 'personal' | 'service'
  agent: { id: string; name: string }
  hint: string
  scopes: string[]
  created_by: { id: string; name: string } | null
  created_at: string
  expires_at: string
  seen_at: string | null
  revoked_at: string | null
  state: 'active' | 'expired' | 'revoked'
}

export interface TokenRequest {
  name: string
  scopes: string[]
  expires_at: string
}

export type PersonState = 'active' | 'invited' | 'inactive'

export interface PersonRow {
  id: string
  name: string
  email: string
  role: string
  language: InterfaceLanguage
  state: PersonState
  teams: Team[]
  second_factor: boolean
  second_factor_required: boolean
  signs_in_with: ('password' | 'oidc')[]
  seen_at: string | null
  created_at: string
  version: number
  open_tickets: number
}

export interface HandedLink {
  url: string
  expires_at: string
}

export interface PersonFields {
  name: string
  email: string
  role: string
  language: InterfaceLanguage
  team_ids: string[]
}

export interface Permission {
  key: string
  names: Names
  explanations: Names
}

export interface PermissionGroup {
  key: string
  names: Names
  permissions: Permission[]
}

export interface Role {
  key: string
  names: Names
  permissions: string[]
  second_factor_required: boolean
  builtin: boolean
  agents: number
  version: number
}

export interface RoleFields {
  names: Names
  permissions: string[]
  second_factor_required: boolean
}

export const door = {
  options: () => request<SignInOptions>('GET', '/api/session/options'),
  signIn: (email: string, password: string) => request<Session | Challenge>('POST', '/api/session', { email, password }),
  answer: (challenge: string, code: string) => request<Session>('POST', '/api/session/second_factor', { challenge, code }),
  forgotten: (email: string) => request<object>('POST', '/api/password/forgotten', { email }),
  readLink: (token: string) => request<AccountLink>('POST', '/api/password/links', { token }),
  setPassword: (body: { token: string; password: string; name?: string; language?: InterfaceLanguage }) => request<void>('POST', '/api/password', body),
  provider: (next: string) => withQuery('/api/oidc/start', { next }),
}

const FACTOR = '/api/security/second_factor'

export const security = {
  read: () => request<Security>('GET', '/api/security'),
  rename: (name: string) => request<Session>('PATCH', '/api/session', { name }),
  changePassword: (current: string, password: string) => request<void>('POST', '/api/security/password', { current, password }),
  begin: (password: string) => request<Enrolment>('POST', FACTOR, { password }),
  confirm: (code: string) => request<{ recovery_codes: string[] }>('POST', `${FACTOR}/confirm`, { code }),
  remove: (password: string, code: string) => request<void>('DELETE', FACTOR, { password, code }),
  renewCodes: (code: string) => request<{ recovery_codes: string[] }>('POST', '/api/security/recovery_codes', { code }),
  endSession: (id: string) => request<void>('DELETE', `/api/security/sessions/${id}`),
  endOthers: () => request<void>('DELETE', '/api/security/sessions?keep=current'),
  tokens: () => request<{ tokens: Token[]; scopes: string[] }>('GET', '/api/security/tokens'),
  createToken: (token: TokenRequest) => request<Token & { token: string }>('POST', '/api/security/tokens', token),
  revokeToken: (id: string) => request<void>('DELETE', `/api/security/tokens/${id}`),
}

const person = (id: string) => `/api/people/${id}`

export const people = {
  list: (query: { q?: string; state?: string; role?: string; cursor?: string | null }) =>
    request<{ people: PersonRow[]; next_cursor: string | null }>('GET', withQuery('/api/people', query)),
  invite: (fields: PersonFields) => request<PersonRow & { link: HandedLink | null }>('POST', '/api/people', fields),
  change: (id: string, version: number, fields: Partial<PersonFields>) => request<PersonRow>('PATCH', person(id), { version, ...fields }),
  deactivate: (id: string, version: number) => request<PersonRow>('POST', `${person(id)}/deactivate`, { version }),
  reactivate: (id: string, version: number) => request<PersonRow>('POST', `${person(id)}/reactivate`, { version }),
  link: (id: string) => request<{ link: HandedLink | null }>('POST', `${person(id)}/link`, {}),
  removeSecondFactor: (id: string) => request<void>('DELETE', `${person(id)}/second_factor`),
  endSessions: (id: string) => request<void>('DELETE', `${person(id)}/sessions`),
}

const role = (key: string) => `/api/roles/${encodeURIComponent(key)}`

export const roles = {
  list: () => request<{ roles: Role[] }>('GET', '/api/roles'),
  catalogue: () => request<{ groups: PermissionGroup[] }>('GET', '/api/permissions'),
  create: (fields: RoleFields) => request<Role>('POST', '/api/roles', fields),
  change: (key: string, version: number, fields: Partial<RoleFields>) => request<Role>('PATCH', role(key), { version, ...fields }),
  delete: (key: string) => request<void>('DELETE', role(key)),
}

export const tokens = {
  list: (cursor?: string | null) =>
    request<{ tokens: Token[]; next_cursor: string | null; scopes: string[] }>('GET', withQuery('/api/tokens', { cursor })),
  create: (token: TokenRequest & { agent_id: string }) => request<Token & { token: string }>('POST', '/api/tokens', token),
  revoke: (id: string) => request<void>('DELETE', `/api/tokens/${id}`),
}
