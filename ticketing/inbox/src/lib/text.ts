/** Plain text made safe to read: links found, initials taken. */

export type Piece = { text: string; href: string | null }

const LINK = /https?:\/\/[^\s<>"'«»]+[^\s<>"'«».,;:!?)\]؟،]/g

/** Splits a text into plain pieces and web links; nothing is ever read as markup. */
export function pieces(text: string): Piece[] {
  const found: Piece[] = []
  let position = 0
  for (const match of text.matchAll(LINK)) {
    if (match.index > position) found.push({ text: text.slice(position, match.index), href: null })
    found.push({ text: match[0], href: match[0] })
    position = match.index + match[0].length
  }
  if (position < text.length || found.length === 0) found.push({ text: text.slice(position), href: null })
  return found
}

/** One or two letters for an avatar; null where the name has none (a telephone number). */
export function initials(name: string | null): string | null {
  const words = (name ?? '').split(/\s+/).filter((word) => /^\p{L}/u.test(word))
  if (words.length === 0) return null
  const first = [...words[0]!][0]!
  // Two Arabic initials would join into a word that means something else.
  if (words.length === 1 || /\p{Script=Arabic}/u.test(first)) return first.toLocaleUpperCase()
  return (first + [...words.at(-1)!][0]!).toLocaleUpperCase()
}

/** A steady hue for a person, so that the eye finds them again (FNV-1a: neighbouring ids get distant hues). */
export function hueOf(id: string): number {
  let hash = 0x811c9dc5
  for (const character of id) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193) >>> 0
  return hash % 360
}

/** A name inside a sentence of the other direction must not pull the words around it out of order. */
export function isolate(text: string): string {
  return `\u2068${text}\u2069`
}

/** +212 661-234567 reads better in groups; anything that is not Moroccan stays as it is. */
export function readablePhone(phone: string): string {
  const match = /^\+?212(\d)(\d{2})(\d{2})(\d{2})(\d{2})$/.exec(phone)
  return match ? `+212 ${match[1]} ${match.slice(2).join(' ')}` : phone
}

/** Telephone numbers and references inside a sentence keep their order in whatever direction it runs. */
export function withNumbersApart(text: string): string {
  return text.replace(/\+?\d[\d ]{5,}\d/g, '\u2066$&\u2069')
}
