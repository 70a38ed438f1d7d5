/** What a text still leaves open: `⟦first name⟧`, put there by a canned answer and never sent. Pure. */

export interface Gap {
  label: string
  start: number
  end: number
}

const GAP = /⟦([^⟦⟧\n]{0,80})⟧/g

export function gapsIn(text: string): Gap[] {
  return [...text.matchAll(GAP)].map((match) => ({ label: match[1]!, start: match.index, end: match.index + match[0].length }))
}

/** A canned answer as one glances at it: what will be filled in is left out. */
export function withoutVariables(text: string): string {
  return text.replace(/\{[^{}\n]{1,60}\}/g, '…')
}

/** The gap that comes next after a place in the text, from its beginning again after the last. */
export function gapAfter(text: string, position: number): Gap | null {
  const gaps = gapsIn(text)
  return gaps.find((gap) => gap.start >= position) ?? gaps[0] ?? null
}

export type Part = { text: string; mark: 'gap' | 'name' | null }

/** The text in parts: its gaps, the colleagues it names, and the rest. */
export function marked(text: string, names: string[] = []): Part[] {
  const escaped = [...names].sort((a, b) => b.length - a.length).map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  const pattern = new RegExp(['⟦[^⟦⟧\\n]{0,80}⟧', ...(escaped.length > 0 ? [`@(?:${escaped.join('|')})`] : [])].join('|'), 'g')
  const parts: Part[] = []
  let position = 0
  for (const match of text.matchAll(pattern)) {
    if (match.index > position) parts.push({ text: text.slice(position, match.index), mark: null })
    parts.push({ text: match[0], mark: match[0].startsWith('@') ? 'name' : 'gap' })
    position = match.index + match[0].length
  }
  if (position < text.length) parts.push({ text: text.slice(position), mark: null })
  return parts
}
