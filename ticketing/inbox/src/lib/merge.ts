/** Two devices wrote on one draft: nothing either of them said is lost. Pure. */

/** `base` is what both started from. */
export function mergeWords(base: string, mine: string, theirs: string): string {
  if (mine === theirs || theirs === base) return mine
  if (mine === base) return theirs
  if (mine.includes(theirs)) return mine
  if (theirs.includes(mine)) return theirs
  return `${mine.trimEnd()}\n${theirs.trimStart()}`
}
