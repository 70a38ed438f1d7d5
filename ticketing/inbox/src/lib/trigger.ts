/** What the agent is typing right before the caret that opens a list: `@sal` for colleagues, `:smi` for emoji. Pure. */

export interface Trigger {
  sign: '@' | ':'
  query: string
  /** Where the sign stands. */
  start: number
}

// A time (18:30) and a web address (https:) are neither: the sign follows a blank, the beginning or a line's end.
const TRIGGER = /(?:^|\s)([@:])([\p{L}\p{M}\p{N}_'’-]{0,30})$/u

export function triggerBefore(text: string, caret: number): Trigger | null {
  const match = TRIGGER.exec(text.slice(0, caret))
  if (!match) return null
  const sign = match[1] as Trigger['sign']
  const query = match[2]!
  if (sign === ':' && query.length === 0) return null
  return { sign, query, start: caret - query.length - 1 }
}

/** The text with the trigger replaced, and where the caret stands then. */
export function complete(text: string, trigger: Trigger, words: string): { text: string; caret: number } {
  const before = text.slice(0, trigger.start)
  const after = text.slice(trigger.start + 1 + trigger.query.length)
  const put = after.startsWith(' ') || words === '' ? words : `${words} `
  return { text: before + put + after, caret: (before + put).length + (put === words && after.startsWith(' ') ? 1 : 0) }
}
