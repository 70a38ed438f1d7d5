import { describe, expect, it } from 'vitest'
import { matches } from '@/lib/fold'
import { actionFor, bindings, holderOf, isReserved, labelOf, type KeyPress } from '@/lib/keyboard'

const press = (code: string, key: string, changes: Partial<KeyPress> = {}): KeyPress => ({
  code, key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, isComposing: false, target: document.body, ...changes,
})

describe('shortcuts', () => {
  it('go by the place of the key on Arabic and AZERTY keyboards', () => {
    expect(actionFor(press('KeyJ', 'ت'))).toBe('next')
    expect(actionFor(press('KeyK', 'ن'))).toBe('previous')
    expect(actionFor(press('KeyR', 'ق'))).toBe('reply')
    expect(actionFor(press('KeyC', 'c'))).toBe('claim')
    expect(actionFor(press('ArrowDown', 'ArrowDown'))).toBe('next')
  })

  it('find search and help by letter or by place', () => {
    expect(actionFor(press('Slash', 'ظ'))).toBe('search')
    expect(actionFor(press('Period', '/', { shiftKey: true }))).toBe('search')
    expect(actionFor(press('Slash', '؟', { shiftKey: true }))).toBe('help')
    expect(actionFor(press('KeyM', '?', { shiftKey: true }))).toBe('help')
  })

  it.each(['<input>', '<textarea></textarea>', '<div contenteditable="true"><b>x</b></div>', '<div role="menu"><a>x</a></div>', '<div role="dialog"><button>x</button></div>'])(
    'rest inside %s',
    (html) => {
      document.body.innerHTML = html
      const deepest = [...document.body.querySelectorAll('*')].at(-1)!
      expect(actionFor(press('KeyE', 'e', { target: deepest }))).toBeNull()
    },
  )

  it("leave the browser's own combinations and input methods alone", () => {
    expect(actionFor(press('KeyR', 'r', { ctrlKey: true }))).toBeNull()
    expect(actionFor(press('KeyC', 'c', { metaKey: true }))).toBeNull()
    expect(actionFor(press('KeyE', '€', { altKey: true }))).toBeNull()
    expect(actionFor(press('KeyN', 'N', { shiftKey: true }))).toBeNull()
    expect(actionFor(press('KeyJ', 'j', { isComposing: true }))).toBeNull()
  })
})

describe('the command bar', () => {
  it('opens from anywhere, also while writing', () => {
    document.body.innerHTML = '<textarea></textarea>'
    expect(actionFor(press('KeyK', 'ن', { ctrlKey: true, target: document.querySelector('textarea') }))).toBe('commands')
    expect(actionFor(press('KeyK', 'k', { metaKey: true }))).toBe('commands')
    expect(actionFor(press('KeyK', 'K', { ctrlKey: true, shiftKey: true }))).toBeNull()
  })

  it('finds words by their beginnings, whatever their accents and letters', () => {
    expect(matches('Résoudre ou rouvrir', 'resou')).toBe(true)
    expect(matches('الانتقال إلى الإعدادات', 'اعداد')).toBe(true)
    expect(matches('إسناد إلى سلمى', 'سلمي')).toBe(true)
    expect(matches('Assign to Nadia', 'dia')).toBe(false)
    expect(matches('Assign to Nadia', 'nad ass')).toBe(true)
  })
})

describe('keys of one’s own', () => {
  const own = bindings({ reply: { code: 'KeyW' } })

  it('replace the first key of an action and keep the others', () => {
    expect(actionFor(press('KeyW', 'w'), own)).toBe('reply')
    expect(actionFor(press('KeyR', 'r'), own)).toBeNull()
    expect(bindings({ next: { code: 'KeyD' } }).next).toEqual([{ code: 'KeyD' }, { code: 'ArrowDown' }])
  })

  it('are not taken from another action, nor from the browser', () => {
    expect(holderOf({ code: 'KeyE' }, 'reply', own)).toBe('close')
    expect(holderOf({ code: 'KeyW' }, 'reply', own)).toBeNull()
    expect(isReserved('Tab') && isReserved('F5') && !isReserved('KeyF')).toBe(true)
  })

  it('are called by what is written on them', () => {
    const azerty = new Map([['KeyQ', 'a'], ['Slash', '!']])
    expect(labelOf({ code: 'KeyQ' }, azerty)).toBe('A')
    expect(labelOf({ code: 'KeyQ' }, null)).toBe('Q')
    expect(labelOf({ code: 'KeyE', shift: true }, null)).toBe('⇧ E')
  })
})
