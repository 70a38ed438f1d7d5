/** Shortcuts by the place of a key, not its letter: the same keys on Arabic, AZERTY and QWERTY keyboards. */

/** A key by its place (`KeyboardEvent.code`), with Shift or without. */
export interface Stroke {
  code: string
  shift?: boolean
}

/** In the order of the help. The first stroke is the one an agent may change. */
export const DEFAULTS = {
  next: [{ code: 'KeyJ' }, { code: 'ArrowDown' }],
  previous: [{ code: 'KeyK' }, { code: 'ArrowUp' }],
  reply: [{ code: 'KeyR' }],
  note: [{ code: 'KeyN' }],
  claim: [{ code: 'KeyC' }],
  assign: [{ code: 'KeyA' }],
  close: [{ code: 'KeyE' }],
  snooze: [{ code: 'KeyS' }],
  priority: [{ code: 'KeyP' }],
  tags: [{ code: 'KeyT' }],
  macro: [{ code: 'KeyM' }],
  select: [{ code: 'KeyX' }],
  panel: [{ code: 'KeyI' }],
  search: [{ code: 'Slash' }],
  help: [{ code: 'Slash', shift: true }],
} satisfies Record<string, Stroke[]>

export type Action = keyof typeof DEFAULTS | 'commands'
export type Remappable = keyof typeof DEFAULTS
export type Bindings = Record<Remappable, Stroke[]>

export const ACTIONS = Object.keys(DEFAULTS) as Remappable[]

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

const same = (one: Stroke, other: Stroke) => one.code === other.code && Boolean(one.shift) === Boolean(other.shift)

/** The defaults with what an agent chose instead of the first stroke of an action. */
export function bindings(chosen: Partial<Record<Remappable, Stroke>>): Bindings {
  return Object.fromEntries(
    ACTIONS.map((action) => [action, chosen[action] ? [chosen[action], ...DEFAULTS[action].slice(1)] : DEFAULTS[action]]),
  ) as Bindings
}

/** Who has this stroke already, other than the action itself. */
export function holderOf(stroke: Stroke, action: Remappable, all: Bindings): Remappable | null {
  return ACTIONS.find((one) => one !== action && all[one].some((taken) => same(taken, stroke))) ?? null
}

/** Keys that a browser or a screen reader needs, and those that only accompany another. */
export const isReserved = (code: string) => /^(Tab|Enter|Escape|Space|Home|End|Page|F\d|Control|Shift|Alt|Meta|OS|CapsLock|ContextMenu|Backspace|Delete)/.test(code)

/** The action a key press asks for, or null. `/` and `?` also count by letter, wherever the layout puts them. */
export function actionFor(event: KeyPress, all: Bindings = DEFAULTS): Action | null {
  if (event.isComposing || event.altKey) return null
  if (event.ctrlKey || event.metaKey) return event.code === 'KeyK' && !event.shiftKey ? 'commands' : null
  if (isTyping(event.target)) return null
  const stroke = { code: event.code, shift: event.shiftKey }
  const bound = ACTIONS.find((action) => all[action].some((one) => same(one, stroke)))
  if (bound) return bound
  if (event.key === '?' || event.key === '؟') return 'help'
  return event.key === '/' ? 'search' : null
}

const NAMES: Record<string, string> = { ArrowDown: '↓', ArrowUp: '↑', ArrowLeft: '←', ArrowRight: '→', Slash: '/' }

/** What is written on the key: by the layout where the browser knows it (`getLayoutMap`), else by its place. */
export function labelOf(stroke: Stroke, layout: ReadonlyMap<string, string> | null): string {
  const name = NAMES[stroke.code] ?? (layout?.get(stroke.code) ?? stroke.code.replace(/^(Key|Digit|Numpad)/, '')).toUpperCase()
  return stroke.shift ? `⇧ ${name}` : name
}
