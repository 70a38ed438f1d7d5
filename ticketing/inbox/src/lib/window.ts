/** The reply window of a conversation: how long people may still write freely. */

export type WindowState =
  | { kind: 'unlimited' }
  | { kind: 'open'; left: number; urgency: 'calm' | 'soon' | 'last' }
  | { kind: 'closed'; at: string }

const HOUR = 3_600_000

/** `left` is in milliseconds; "soon" below two hours, "last" below a quarter of an hour. */
export function replyWindow(expiresAt: string | null, now: number): WindowState {
  if (expiresAt === null) return { kind: 'unlimited' }
  const left = Date.parse(expiresAt) - now
  if (left <= 0) return { kind: 'closed', at: expiresAt }
  return { kind: 'open', left, urgency: left < HOUR / 4 ? 'last' : left < 2 * HOUR ? 'soon' : 'calm' }
}
