/** Shortcuts by the place of a key, not its letter: the same keys on Arabic, AZERTY and QWERTY keyboards. */

export type Action = 'next' | 'previous' | 'reply' | 'note' | 'claim' | 'close' | 'search' | 'help' | 'panel'

export const KEYS: { action: Action; codes: string[]; labels: string[] }[] = [
  { action: 'next', codes: ['KeyJ', 'ArrowDown'], labels: ['J', '↓'] },
  { action: 'previous', codes: ['KeyK', 'ArrowUp'], labels: ['K', '↑'] },
  { action: 'reply', codes: ['KeyR'], labels: ['R'] },
  { action: 'note', codes: ['KeyN'], labels: ['N'] },
  { action: 'claim', codes: ['KeyC'], labels: ['C'] },
  { action: 'close', codes: ['KeyE'], labels: ['E'] },
  { action: 'panel', codes: ['KeyI'], labels: ['I'] },
  { action: 'search', codes: ['Slash'], labels: ['/'] },
  { action: 'help', codes: [], labels: ['?'] },
]

export type KeyPress = Pick<KeyboardEvent, 'code' | 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey' | 'isComposing' | 'target'>

/** Is the person writing, or inside something that uses the keys itself (a menu, a dialog)? */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof Element)) return false
  return (
    target.closest(
      'input, textarea, select, [contenteditable=""], [contenteditable="true"], [role="dialog"], [role="menu"], [role="listbox"]',
    ) !== null
  )
}

/** The action a key press asks for, or null. `/` and `?` also count by letter, wherever the layout puts them. */
export function actionFor(event: KeyPress): Action | null {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || isTyping(event.target)) return null
  if (event.key === '?' || event.key === '؟') return 'help'
  if (event.key === '/') return 'search'
  if (event.shiftKey) return event.code === 'Slash' ? 'help' : null
  return KEYS.find(({ codes }) => codes.includes(event.code))?.action ?? null
}
