import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it } from 'vitest'
import { ACTIONS, FIELDS, cleanStep, isWhole, missingIn, newCondition, newStep, type FieldName } from '@/lib/steps'
import { namesForForm, namesToSend } from '@/lib/names'
import { useSelection } from '@/stores/selection'

describe('steps', () => {
  it('say what still misses in a new one', () => {
    const missing = Object.fromEntries(ACTIONS.map((action) => [action, missingIn(newStep(action))]))
    expect(missing).toMatchObject({ set_status: '', release: '', set_team: 'team_id', add_tags: 'tags', send_text: 'texts', notify: 'text', set_field: 'key' })
  })

  it('are whole once it is there', () => {
    expect(missingIn({ action: 'set_status', status: 'snoozed', minutes: 0 })).toBe('minutes')
    expect(missingIn({ action: 'notify', text: 'Look', assignee: false })).toBe('recipients')
    expect(missingIn({ action: 'send_text', texts: { fr: 'Bonjour', ar: '' } })).toBe('')
    expect(missingIn({ action: 'assign', agent_id: null })).toBe('')
  })

  it('are sent without the languages that were left empty', () => {
    expect(cleanStep({ action: 'send_text', texts: { fr: 'Bonjour', ar: ' ' } })).toEqual({ action: 'send_text', texts: { fr: 'Bonjour' } })
  })

  it('do not share what they begin with', () => {
    const first = newStep('add_tags')
    ;(first.tags as string[]).push('a')
    expect(newStep('add_tags').tags).toEqual([])
  })
})

describe('conditions', () => {
  it('are not whole without a value', () => {
    const whole = (Object.keys(FIELDS) as FieldName[]).filter((field) => isWhole(newCondition(field)))
    expect(whole).toEqual(['waiting_minutes'])
  })

  it('are whole in groups when each part is', () => {
    const full = { field: 'tags', is: 'any', value: ['vip'] }
    expect(isWhole({ all: [full, { any: [full] }] })).toBe(true)
    expect(isWhole({ all: [full, { any: [newCondition('tags')] }] })).toBe(false)
  })
})

it('names are sent where there are any', () => {
  expect(namesToSend({ ar: ' ', fr: ' Terrain ', en: '' })).toEqual({ fr: 'Terrain' })
  expect(namesForForm({ ar: null, fr: 'Terrain', en: null })).toEqual({ ar: '', fr: 'Terrain', en: '' })
})

describe('choosing', () => {
  const shown = ['a', 'b', 'c', 'd', 'e']
  beforeEach(() => setActivePinia(createPinia()))

  it('adds and takes away one at a time', () => {
    const selection = useSelection()
    selection.toggle('b', shown)
    selection.toggle('d', shown)
    selection.toggle('b', shown)
    expect([...selection.chosen]).toEqual(['d'])
  })

  it('reaches from the last one to this one, either way', () => {
    const selection = useSelection()
    selection.toggle('d', shown)
    selection.toggle('b', shown, true)
    expect([...selection.chosen].sort()).toEqual(['b', 'c', 'd'])
  })

  it('reaches nowhere when the last one is no longer shown', () => {
    const selection = useSelection()
    selection.toggle('gone', shown)
    selection.toggle('c', shown, true)
    expect([...selection.chosen].sort()).toEqual(['c', 'gone'])
  })
})
