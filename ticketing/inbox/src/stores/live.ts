/** Joins the socket to the stores: every frame lands here. */
import { defineStore } from 'pinia'
import { ref } from 'vue'
import type { Frame, ViewName } from '@/api/types'
import { LiveConnection, type LiveState } from '@/live/connection'
import { attend } from '@/live/attention'
import { useBell } from './bell'
import { useDrafts } from './drafts'
import { useLookers } from './lookers'
import { useOutbox } from './outbox'
import { useScheduled } from './scheduled'
import { usePresence } from './presence'
import { useSession } from './session'
import { useThreads } from './threads'
import { useViews } from './views'
import { useTickets } from './tickets'

/** How long the first lists wait for the socket's greeting, so that nothing falls between the two. */
const GREETING_MS = 1500

export const useLive = defineStore('live', () => {
  const session = useSession()
  const tickets = useTickets()
  const bell = useBell()
  const threads = useThreads()
  const outbox = useOutbox()
  const presence = usePresence()
  const drafts = useDrafts()
  const lookers = useLookers()
  const scheduled = useScheduled()
  const views = useViews()

  const state = ref<LiveState>('closed')
  const nextAttemptAt = ref<number | null>(null)
  /** What is on the screen: read again after a gap. */
  const looking = ref<{ view: ViewName; ticketId: string | null }>({ view: 'mine', ticketId: null })
  let greeted = Promise.withResolvers<void>()
  let waited = false

  const connection = new LiveConnection({
    onFrame: receive,
    onState: (next, at) => {
      if (next === 'open' && state.value !== 'open') outbox.flush()
      if (next !== 'open') lookers.lost()
      state.value = next
      nextAttemptAt.value = at
    },
    onSignedOut: () => session.expire(),
  })

  function receive(frame: Frame, { first }: { first: boolean }): void {
    if (frame.type === 'hello') {
      tickets.counts = frame.views
      greeted.resolve()
      lookers.connected((said) => connection.say(said))
      void drafts.load().catch(() => {})
      if (!first) void bell.load().catch(() => {})
      // The lists did not wait for this greeting: what happened in between is missing from them.
      if (first && waited) readAgain()
    } else if (frame.type === 'reset') readAgain()
    else if (frame.type === 'views') {
      tickets.counts = frame.views
      if (frame.changed) void views.load().catch(() => {})
    }
    else if (frame.type === 'notifications') bell.told(frame.unread)
    else if (frame.type === 'lookers') lookers.apply(frame.ticket_id, frame.agents)
    else if (frame.type === 'draft') drafts.applyLive(frame.draft)
    else if (frame.type === 'presence') presence.applyLive(frame.presence)
    else if (frame.type === 'overview') presence.overview = frame.overview
    else if (frame.type === 'event' && frame.event.type === 'ticket.hidden') {
      tickets.forget(frame.event.ticket_id ?? '')
      threads.forget(frame.event.ticket_id ?? '')
    } else if (frame.type === 'event') {
      if (frame.ticket) tickets.applyLive(frame.ticket)
      threads.applyLive(frame.event, frame.ticket, frame.message)
      presence.applyEvent(frame.event, frame.ticket)
      if (frame.event.type.startsWith('reply.')) scheduled.happened(frame.event.ticket_id)
      attend(frame, looking.value.ticketId)
    }
  }

  function readAgain(): void {
    void tickets.reload(looking.value.view).catch(() => {})
    void threads.reload(looking.value.ticketId).catch(() => {})
  }

  /** Resolves at the greeting, or soon without it. */
  async function ready(): Promise<void> {
    const patience = new Promise<void>((resolve) => setTimeout(resolve, GREETING_MS)).then(() => {
      if (state.value !== 'open') waited = true
    })
    await Promise.race([greeted.promise, patience])
  }

  function start(): void {
    connection.start()
    addEventListener('online', retryNow)
    document.addEventListener('visibilitychange', retryWhenSeen)
  }

  function stop(): void {
    connection.stop()
    lookers.clear()
    bell.clear()
    scheduled.clear()
    removeEventListener('online', retryNow)
    document.removeEventListener('visibilitychange', retryWhenSeen)
    greeted = Promise.withResolvers<void>()
    waited = false
  }

  function retryNow(): void {
    connection.retryNow()
    outbox.flush()
  }

  function retryWhenSeen(): void {
    if (document.visibilityState === 'visible') retryNow()
  }

  return { state, nextAttemptAt, looking, start, stop, ready, retryNow }
})
