import { describe, expect, it } from 'vitest'
import { withQuery } from '@/api/client'
import { acceptedTypes, checkFile, fileSize } from '@/lib/files'
import { newId } from '@/lib/ids'
import { hueOf, initials, pieces, readablePhone } from '@/lib/text'
import { compareEntries } from '@/lib/timeline'
import { detail, event, message } from './fixtures'

describe('files', () => {
  const conversation = detail('t1').conversations[0]!

  it('are judged by the channel of the conversation', () => {
    expect(checkFile({ type: 'image/png', size: 10 }, conversation)).toEqual({ ok: true, kind: 'image' })
    expect(checkFile({ type: 'image/png', size: 6_000_000 }, conversation)).toEqual({ ok: false, reason: 'media_too_large', maxBytes: 5_000_000 })
    expect(checkFile({ type: 'application/zip', size: 10 }, conversation)).toEqual({ ok: false, reason: 'media_unsupported' })
    expect(acceptedTypes(conversation)).toBe('image/jpeg,image/png')
  })

  it('have sizes people read', () => {
    expect(fileSize(300, 'en-GB')).toBe('1 kB')
    expect(fileSize(2_450_000, 'en-GB')).toBe('2.5 MB')
  })
})

describe('text', () => {
  it('shows links without their punctuation and nothing as markup', () => {
    expect(pieces('voir https://wasl.ma/a?b=1. <b>merci</b>')).toEqual([
      { text: 'voir ', href: null },
      { text: 'https://wasl.ma/a?b=1', href: 'https://wasl.ma/a?b=1' },
      { text: '. <b>merci</b>', href: null },
    ])
    expect(pieces('javascript:alert(1)')).toEqual([{ text: 'javascript:alert(1)', href: null }])
  })

  it('takes initials from names only', () => {
    expect([initials('Fatima Zahra'), initials('فاطمة الزهراء'), initials('+212661'), initials(null)]).toEqual(['FZ', 'ف', null, null])
  })

  it('gives neighbouring ids different hues', () => {
    expect(Math.abs(hueOf('019-0001') - hueOf('019-0002'))).toBeGreaterThan(10)
  })

  it('groups Moroccan telephone numbers and leaves the rest', () => {
    expect(readablePhone('+212661234567')).toBe('+212 6 61 23 45 67')
    expect(readablePhone('+33612345678')).toBe('+33612345678')
  })
})

it('makes random UUIDs without a secure context', () => {
  expect(newId()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(newId()).not.toBe(newId())
})

it('leaves empty parameters out of a query', () => {
  expect(withQuery('/api/tickets', { view: 'mine', q: '', cursor: null, limit: 50 })).toBe('/api/tickets?view=mine&limit=50')
})

describe('the timeline', () => {
  const at = '2026-11-23T10:00:00Z'

  it('puts what happened in one transaction into the order a person expects', () => {
    const written = { type: 'message' as const, message: message('m1', 1, { created_at: at }) }
    const opened = { type: 'event' as const, event: event('e1', 'ticket.opened', { at }) }
    const passed = { type: 'event' as const, event: event('e0', 'ticket.handed_over', { at }) }
    expect([passed, written, opened].sort(compareEntries)).toEqual([opened, written, passed])
  })
})
