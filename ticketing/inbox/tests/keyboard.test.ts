import { describe, expect, it } from 'vitest'
import { actionFor, type KeyPress } from '@/lib/keyboard'

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
