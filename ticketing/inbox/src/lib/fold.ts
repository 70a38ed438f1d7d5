/** Letters as somebody looks for them: no case, no accents, one form of an Arabic letter. */
const ARABIC: [RegExp, string][] = [
  [/[\u064B-\u0652\u0670\u0640]/g, ''],
  [/[أإآٱ]/g, 'ا'],
  [/ى/g, 'ي'],
  [/ة/g, 'ه'],
]

export function fold(text: string): string {
  const plain = text.normalize('NFD').replace(/[\u0300-\u036f]/g, '').normalize('NFC').toLowerCase()
  return ARABIC.reduce((folded, [letters, letter]) => folded.replace(letters, letter), plain)
}

/** Does every word of the query begin a word of the text? */
export function matches(text: string, query: string): boolean {
  const words = fold(text).split(/[^\p{L}\p{N}]+/u)
  return fold(query).split(/\s+/).filter(Boolean).every((part) => words.some((word) => word.startsWith(part) || word.replace(/^ال/, '').startsWith(part)))
}
