/** What can be said of a password while it is written; the server has the last word (ticketing/people/password_policy.py). */

export type Weakness = 'too_short' | 'too_long' | 'common' | 'personal' | 'repetitive'

const MAXIMUM = 256

/** Length and repetition only: lists of known passwords stay on the server. */
export function weaknessOf(password: string, minimum: number): Weakness | null {
  const letters = [...password]
  if (letters.length < minimum) return 'too_short'
  if (letters.length > MAXIMUM) return 'too_long'
  return new Set(password.toLowerCase()).size < 5 ? 'repetitive' : null
}
