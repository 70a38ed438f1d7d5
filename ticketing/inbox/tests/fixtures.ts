/** Rows as the desk's interface sends them, for tests. */
import type { DeskEvent, Message, Session, Ticket, TicketDetail } from '@/api/types'

export const ME = { id: 'agent-me', name: 'Salma', email: 'salma@demo.wasl', role: 'agent', language: 'fr' as const }
export const SESSION: Session = {
  agent: ME,
  permissions: ['ticket:read', 'ticket:claim', 'ticket:reply', 'ticket:close'],
  teams: [],
  time_zone: 'Africa/Casablanca',
  brand: { name: 'SRM Casablanca-Settat', short_name: 'SRM-CS' },
  demonstration: true,
  sandbox_url: '/sandbox',
  role_names: { ar: 'موظف', fr: 'Agent', en: 'Agent' },
  session_id: '01900000-0000-7000-8000-0000000000ff',
  second_factor_due: false,
}

export function ticket(id: string, changes: Partial<Ticket> = {}): Ticket {
  return {
    id,
    number: null,
    owner: 'agents',
    status: 'open',
    custom_status: null,
    snoozed_until: null,
    solved_at: null,
    close_reason: null,
    follows: null,
    merged_into: null,
    rating: null,
    parent: null,
    tags: [],
    fields: {},
    priority: 3,
    version: 1,
    contact: { id: `contact-${id}`, name: 'Fatima', language: 'ar' },
    assignee: null,
    team: null,
    channels: ['whatsapp'],
    opened_at: '2026-11-23T08:00:00.000Z',
    handed_over_at: null,
    closed_at: null,
    last_message_at: '2026-11-23T09:00:00.000Z',
    waiting_since: null,
    unread: 0,
    last_message: { author: 'customer', text: 'salam', kind: 'text' },
    handover_reason: null,
    category: null,
    sla: null,
    ...changes,
  }
}

export function detail(id: string, changes: Partial<TicketDetail> = {}): TicketDetail {
  const row = ticket(id)
  return {
    ...row,
    private_fields: {},
    contact: { ...row.contact, tags: [], fields: {}, identities: [], tickets: [] },
    handover: null,
    promise: null,
    queue: null,
    clocks: [],
    conversations: [
      {
        id: 'conversation',
        account: 'whatsapp-main',
        channel: 'whatsapp',
        identity: { address: '212661234567', name: null, phone: '+212661234567' },
        window_expires_at: null,
        language: null,
        capabilities: {
          text_length: 100,
          media: { image: { content_types: ['image/jpeg', 'image/png'], max_bytes: 5_000_000 } },
          receipts: [],
        },
      },
    ],
    ...changes,
  }
}

export function message(id: string, position: number, changes: Partial<Message> = {}): Message {
  return {
    id,
    ticket_id: 't1',
    conversation_id: 'conversation',
    channel: 'whatsapp',
    position,
    direction: 'inbound',
    author: 'customer',
    author_name: null,
    kind: 'text',
    content: { text: `text ${position}`, choices: [], choice_id: null, location: null, attachments: [], template: null, extra: {} },
    state: null,
    failure: null,
    client_id: null,
    reply_to_message_id: null,
    undo_until: null,
    created_at: `2026-11-23T09:${String(position).padStart(2, '0')}:00.000Z`,
    ...changes,
  }
}

export function event(id: string, type: string, changes: Partial<DeskEvent> = {}): DeskEvent {
  return { id, type, ticket_id: 't1', actor: 'agent', actor_name: 'Nadia', data: {}, at: '2026-11-23T09:30:00.000Z', ...changes }
}

/** A server: answers by "METHOD /path", remembers what it was asked, and may be unreachable. */
export function fakeServer(answers: Record<string, (body: never) => unknown>) {
  const calls: { key: string; body: unknown }[] = []
  const server = {
    calls,
    reachable: true,
    fetch: async (path: string, options: RequestInit = {}): Promise<Response> => {
      const key = `${options.method ?? 'GET'} ${path.split('?')[0]}`
      const body = typeof options.body === 'string' ? JSON.parse(options.body) : null
      if (!server.reachable) throw new TypeError('Failed to fetch')
      calls.push({ key, body })
      const answer = answers[key]
      if (!answer) throw new Error(`Unexpected request: ${key}`)
      const result = await answer(body as never)
      return result instanceof Response ? result : Response.json(result)
    },
  }
  return server
}

export function refusal(status: number, code: string, fields: object = {}): Response {
  return Response.json({ code, detail: code, fields }, { status })
}
