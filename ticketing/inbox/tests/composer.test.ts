import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ServerDraft } from '@/api/replies'
import { EMOJI, findEmoji } from '@/lib/emoji'
import { gapAfter, gapsIn, marked } from '@/lib/gaps'
import { presets } from '@/lib/later'
import { mergeWords } from '@/lib/merge'
import { complete, triggerBefore } from '@/lib/trigger'
import { useDrafts } from '@/stores/drafts'
import { useLookers } from '@/stores/lookers'
import { useSession } from '@/stores/session'
import { fakeServer, SESSION } from './fixtures'

describe('gaps of a text', () => {
  it('finds them, and the next after the caret, from the beginning again after the last', () => {
    const text = 'Bonjour ⟦prénom⟧, n° ⟦numéro⟧.'
    expect(gapsIn(text).map((gap) => text.slice(gap.start, gap.end))).toEqual(['⟦prénom⟧', '⟦numéro⟧'])
    expect(gapAfter(text, 10)?.label).toBe('numéro')
    expect(gapAfter(text, 99)?.label).toBe('prénom')
    expect(gapAfter('nothing', 0)).toBeNull()
  })

  it('marks gaps and the longest name', () => {
    expect(marked('@Salma Bennani ⟦x⟧ @Salmax', ['Salma', 'Salma Bennani']).filter((part) => part.mark)).toEqual([
      { text: '@Salma Bennani', mark: 'name' },
      { text: '⟦x⟧', mark: 'gap' },
      { text: '@Salma', mark: 'name' },
    ])
    expect(marked('a.b', ['a.b'])).toEqual([{ text: 'a.b', mark: null }])
  })
})

describe('what opens a list', () => {
  it.each([
    ['@sal', { sign: '@', query: 'sal', start: 0 }],
    ['voir @', { sign: '@', query: '', start: 5 }],
    ['سؤال @سل', { sign: '@', query: 'سل', start: 5 }],
    [':mer', { sign: ':', query: 'mer', start: 0 }],
    ['à :', null],
    ['18:30', null],
    ['a@b', null],
    ['https://x', null],
  ])('%s', (text, wanted) => expect(triggerBefore(text, text.length)).toEqual(wanted))

  it('is replaced by what was chosen', () => {
    expect(complete('voir @sal et', { sign: '@', query: 'sal', start: 5 }, '@Salma')).toEqual({ text: 'voir @Salma et', caret: 12 })
    expect(complete('@sal', { sign: '@', query: 'sal', start: 0 }, '@Salma')).toEqual({ text: '@Salma ', caret: 7 })
  })
})

describe('emoji', () => {
  it('are found in three languages, without accents', () => {
    expect(findEmoji('electric').map((one) => one.sign)).toContain('⚡')
    expect(findEmoji('Réparation').map((one) => one.sign)).toEqual(['🔧'])
    expect(findEmoji('شكرا').map((one) => one.sign)).toEqual(['🙏'])
    expect(findEmoji('')).toBe(EMOJI)
    expect(new Set(EMOJI.map((one) => one.sign)).size).toBe(EMOJI.length)
  })
})

describe('when a reply may leave', () => {
  const offsets = [{ from: '2020-01-01T00:00:00Z', minutes: 60 }]
  it('counts on the clock of the company', () => {
    expect(presets(Date.parse('2026-11-24T09:00:00Z'), offsets)).toEqual([
      { preset: 'hour', at: '2026-11-24T10:00:00.000Z' },
      { preset: 'evening', at: '2026-11-24T17:00:00.000Z' },
      { preset: 'tomorrow', at: '2026-11-25T07:30:00.000Z' },
      { preset: 'monday', at: '2026-11-30T07:30:00.000Z' },
    ])
  })
  it('offers no evening that has begun, and no Monday that is tomorrow', () => {
    expect(presets(Date.parse('2026-11-29T20:00:00Z'), offsets).map((one) => one.preset)).toEqual(['hour', 'tomorrow'])
    expect(presets(Date.parse('2026-11-30T06:00:00Z'), offsets).at(-1)).toEqual({ preset: 'monday', at: '2026-12-07T07:30:00.000Z' })
  })
})

describe('two devices, one draft', () => {
  it.each([
    ['', 'Bonjour', '', 'Bonjour'],
    ['Bon', 'Bonjour', 'Bon', 'Bonjour'],
    ['Bon', 'Bon', 'Bonsoir', 'Bonsoir'],
    ['Bon', 'Bonjour Madame', 'Bonjour', 'Bonjour Madame'],
    ['Bon', 'Bonjour', 'Bonsoir', 'Bonjour\nBonsoir'],
    ['Bonjour', 'Bonjour', '', ''],
  ])('%j: %j and %j', (base, mine, theirs, merged) => expect(mergeWords(base, mine, theirs)).toBe(merged))
})

const PUT = 'PUT /api/tickets/t1/draft'
const onServer = (changes: Partial<ServerDraft> = {}): ServerDraft => ({
  ticket_id: 't1', mode: 'reply', reply: '', note: '', conversation_id: null, counter: 1, changed_at: '2026-11-24T09:00:00.000Z', ...changes,
})

describe('drafts', () => {
  let server: ReturnType<typeof fakeServer>
  let stored: ServerDraft
  let list: ServerDraft[]

  beforeEach(() => {
    vi.useFakeTimers()
    localStorage.clear()
    setActivePinia(createPinia())
    useSession().current = structuredClone(SESSION)
    stored = onServer({ counter: 0 })
    list = []
    server = fakeServer({
      [PUT]: (body) => {
        const words = body as { mode: 'reply'; reply: string; note: string; seen: number }
        if (words.seen < stored.counter && stored.reply !== '') return { draft: stored, stored: false }
        stored = onServer({ ...words, counter: stored.counter + 1 })
        return { draft: stored, stored: true }
      },
      'GET /api/drafts': () => ({ drafts: list }),
    })
    vi.stubGlobal('fetch', server.fetch)
  })
  afterEach(() => {
    useDrafts().clear()
    vi.useRealTimers()
  })
  const later = () => vi.advanceTimersByTimeAsync(1000)

  it('are told once the agent pauses, and emptied at the desk when they were sent', async () => {
    const drafts = useDrafts()
    for (const text of ['B', 'Bo', 'Bon']) drafts.set('t1', { reply: text })
    await later()
    expect(server.calls.map((call) => (call.body as { reply: string }).reply)).toEqual(['Bon'])
    drafts.set('t1', { reply: '' })
    await later()
    expect(stored.reply).toBe('')
    expect(localStorage.length).toBe(0)
  })

  it('come from another device, and go with it', () => {
    const drafts = useDrafts()
    drafts.applyLive(onServer({ reply: 'Bonjour', counter: 5 }))
    expect(drafts.get('t1').reply).toBe('Bonjour')
    drafts.applyLive(onServer({ reply: 'older', counter: 4 }))
    expect(drafts.get('t1').reply).toBe('Bonjour')
    drafts.applyLive(onServer({ reply: '', counter: 6 }))
    expect(drafts.has('t1')).toBe(false)
    expect(server.calls).toEqual([])
  })

  it('keep what both devices wrote', async () => {
    const drafts = useDrafts()
    drafts.set('t1', { reply: 'Bonjour' })
    await later()
    stored = onServer({ reply: 'Bonjour Madame', counter: 9 })
    drafts.set('t1', { reply: 'Bonjour, votre facture' })
    await later()
    await later()
    expect(stored.reply).toBe('Bonjour, votre facture\nBonjour Madame')
    expect(drafts.get('t1').reply).toBe(stored.reply)
  })

  it('are not undone by the echo of what was told', async () => {
    const drafts = useDrafts()
    drafts.set('t1', { reply: 'Bonjour' })
    vi.advanceTimersByTime(700)
    drafts.set('t1', { reply: 'Bon' })
    drafts.applyLive(onServer({ reply: 'Bonjour', counter: 1 }))
    await later()
    expect(drafts.get('t1').reply).toBe('Bon')
    expect(stored.reply).toBe('Bon')
  })

  it('survive a lost network and a reload, and are told afterwards', async () => {
    server.reachable = false
    useDrafts().set('t1', { reply: 'Bonjour' })
    await later()
    setActivePinia(createPinia())
    useSession().current = structuredClone(SESSION)
    const drafts = useDrafts()
    drafts.restore()
    expect(drafts.get('t1').reply).toBe('Bonjour')
    server.reachable = true
    await drafts.load()
    await later()
    expect(stored.reply).toBe('Bonjour')
  })

  it('that the socket told while the list was on its way stay', async () => {
    const drafts = useDrafts()
    const loading = drafts.load()
    drafts.applyLive(onServer({ reply: 'Bonjour', counter: 5 }))
    await loading
    expect(drafts.get('t1').reply).toBe('Bonjour')
  })

  it('that were sent elsewhere while the network was away are gone', async () => {
    const drafts = useDrafts()
    drafts.set('t1', { reply: 'Bonjour' })
    await later()
    await drafts.load()
    expect(drafts.has('t1')).toBe(false)
  })
})

describe('who looks', () => {
  beforeEach(() => {
    vi.useFakeTimers()
    setActivePinia(createPinia())
  })
  afterEach(() => vi.useRealTimers())

  it('is told of a ticket that stays on the screen, and writing at most every three seconds', () => {
    const lookers = useLookers()
    const said: object[] = []
    lookers.connected((frame) => said.push(frame))
    lookers.look('t1')
    lookers.look('t2')
    vi.advanceTimersByTime(300)
    lookers.typing(10_000)
    lookers.typing(11_000)
    lookers.typing(13_500)
    lookers.rest()
    expect(said).toEqual([
      { type: 'look', ticket_id: 't2' },
      { type: 'typing', ticket_id: 't2' },
      { type: 'typing', ticket_id: 't2' },
      { type: 'rest', ticket_id: 't2' },
    ])
    lookers.apply('t1', [{ id: 'a', name: 'Salma', typing: false }])
    lookers.apply('t2', [{ id: 'a', name: 'Salma', typing: true }])
    expect([lookers.at('t1').length, lookers.at('t2').length]).toEqual([0, 1])
    lookers.connected((frame) => said.push(frame))
    expect(said.at(-1)).toEqual({ type: 'look', ticket_id: 't2' })
  })
})
