/** The rows of all lists, kept current by the live socket, and which of them each list holds. */
import { defineStore } from 'pinia'
import { computed, reactive, ref, shallowReactive } from 'vue'
import * as api from '@/api/desk'
import type { Ticket, ViewCounts, ViewName } from '@/api/types'
import { matches, toParameters, type Filter, type Order } from '@/lib/filters'
import { belongsTo, compare, isNewer } from '@/lib/order'
import { useSession } from './session'
import { useViews } from './views'

/** What a list shows beyond its view: words, a filter and an order of its own. */
export interface Narrowing {
  q?: string
  order?: Order
  filter?: Filter
}

export interface List extends Narrowing {
  view: ViewName
  ids: string[]
  nextCursor: string | null
  status: 'loading' | 'ready' | 'failed'
  loadingMore: boolean
}

const PAGE = 50
export function listKey(view: ViewName, { q, order, filter }: Narrowing = {}): string {
  const asked = new URLSearchParams({ ...(q ? { q } : {}), ...(order ? { order } : {}), ...toParameters(filter ?? {}) }).toString()
  return asked ? `${view}?${asked}` : view
}

export const useTickets = defineStore('tickets', () => {
  const session = useSession()
  const views = useViews()
  const rows = shallowReactive(new Map<string, Ticket>())
  const lists = reactive(new Map<string, List>())
  const counts = ref<ViewCounts | null>(null)
  /** Which rows the socket changed, and when: an answer asked for before must not undo them. */
  const liveChanges = new Map<string, number>()
  let liveTime = 0

  const unreadOfMine = computed(
    () => [...rows.values()].filter((row) => row.unread > 0 && belongsTo('mine', row, session.agentId)).length,
  )

  function keep(row: Ticket, askedAt: number): void {
    const known = rows.get(row.id)
    const changedSince = (liveChanges.get(row.id) ?? -1) > askedAt
    if (!known || (!changedSince && isNewer(row, known)) || row.version > known.version) rows.set(row.id, row)
  }

  function sorted(list: List): string[] {
    const known = list.ids.map((id) => rows.get(id)).filter((row) => row !== undefined)
    // A search keeps the server's order: it knows how well each one fits.
    const order = list.order ?? views.definition(list.view)?.order
    if (list.q || !order) return known.map((row) => row.id)
    return known.sort((a, b) => compare(order, a, b)).map((row) => row.id)
  }

  /** Puts a row into the lists it now belongs to and takes it out of the others. */
  function place(row: Ticket): void {
    for (const list of lists.values()) {
      if (list.q || list.status !== 'ready') continue
      const isIn = list.ids.includes(row.id)
      const belongs = fits(list, row)
      if (isIn && belongs === false) list.ids = list.ids.filter((id) => id !== row.id)
      if (!isIn && belongs && isWithinLoaded(list, row)) list.ids.push(row.id)
    }
  }

  /** Null where the row does not tell. */
  function fits(list: List, row: Ticket): boolean | null {
    const view = views.definition(list.view)
    if (!view) return null
    const me = { id: session.agentId, teams: session.current?.teams.map((team) => team.id) ?? [] }
    const told = [view.filter, list.filter ?? {}].map((filter) => matches(filter, row, me))
    return told.includes(false) ? false : told.includes(null) ? null : true
  }

  /** Rows beyond the pages read so far come with their page, not before it. */
  function isWithinLoaded(list: List, row: Ticket): boolean {
    if (list.nextCursor === null) return true
    const last = rows.get(sorted(list).at(-1) ?? '')
    const order = list.order ?? views.definition(list.view)?.order ?? 'newest'
    return last === undefined || compare(order, row, last) < 0
  }

  /** From the socket: what it says is the newest. */
  function applyLive(row: Ticket): void {
    liveChanges.set(row.id, ++liveTime)
    rows.set(row.id, row)
    place(row)
  }

  /** From the socket: it is no longer there for this agent. */
  function forget(id: string): void {
    liveChanges.delete(id)
    rows.delete(id)
    for (const list of lists.values()) list.ids = list.ids.filter((one) => one !== id)
  }

  /** From the answer to a request of ours. */
  function applyAnswer(row: Ticket): void {
    keep(row, liveTime)
    place(rows.get(row.id)!)
  }

  function get(view: ViewName, narrowing: Narrowing = {}): List | undefined {
    return lists.get(listKey(view, narrowing))
  }

  async function load(view: ViewName, narrowing: Narrowing = {}, signal?: AbortSignal): Promise<void> {
    const key = listKey(view, narrowing)
    if (!lists.has(key)) {
      lists.set(key, { view, ...narrowing, ids: [], nextCursor: null, status: 'loading', loadingMore: false })
    }
    const list = lists.get(key)!
    if (list.status === 'failed') list.status = 'loading'
    const askedAt = liveTime
    try {
      const page = await api.tickets.list({ view, ...narrowing, limit: PAGE }, signal)
      page.tickets.forEach((row) => keep(row, askedAt))
      list.ids = page.tickets.map((row) => row.id)
      list.nextCursor = page.next_cursor
      list.status = 'ready'
      for (const [id, changedAt] of liveChanges) if (changedAt > askedAt) place(rows.get(id)!)
    } catch (error) {
      if (signal?.aborted) return
      if (list.ids.length === 0) list.status = 'failed'
      throw error
    }
  }

  async function loadMore(view: ViewName, narrowing: Narrowing = {}): Promise<void> {
    const list = get(view, narrowing)
    if (!list || list.nextCursor === null || list.loadingMore) return
    list.loadingMore = true
    const askedAt = liveTime
    try {
      const page = await api.tickets.list({ view, ...narrowing, limit: PAGE, cursor: list.nextCursor })
      page.tickets.forEach((row) => keep(row, askedAt))
      list.ids = [...new Set([...list.ids, ...page.tickets.map((row) => row.id)])]
      list.nextCursor = page.next_cursor
    } finally {
      list.loadingMore = false
    }
  }

  /** Reads every list on the screen's memory again, after a gap the socket could not replay. */
  async function reload(current: ViewName): Promise<void> {
    for (const key of [...lists.keys()]) {
      const list = lists.get(key)!
      if (list.q || (list.view !== current && list.view !== 'mine')) lists.delete(key)
    }
    await Promise.all([...lists.values()].map(({ view, q, order, filter }) => load(view, { q, order, filter })))
  }

  function clear(): void {
    rows.clear()
    lists.clear()
    liveChanges.clear()
    counts.value = null
  }

  return { rows, lists, counts, unreadOfMine, get, sorted, load, loadMore, reload, applyLive, forget, applyAnswer, clear }
})
