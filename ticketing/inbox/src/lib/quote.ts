/** A mail's own words, and what it only repeats: the latter is folded away. */

const INTRODUCTIONS = [
  /^\s*le\s.{4,120}\sa écrit\s*:\s*$/iu,
  /^\s*on\s.{4,120}\swrote:\s*$/iu,
  /^\s*(في|بتاريخ|يوم)\s.{4,120}\s?(كتب|كتبت)[^\n]{0,80}:?\s*$/u,
  /^\s*-{2,}\s*(original message|message d['’]origine|message transféré|forwarded message|الرسالة الأصلية)\s*-{2,}\s*$/iu,
  /^\s*_{10,}\s*$/u,
]
const HEADER = /^\s*(de|from|من)\s*:\s.+$/iu
const HEADER_NEXT = /^\s*(envoyé|sent|date|à|to|إلى|التاريخ|تم الإرسال)\s*:\s.+$/iu

function startsQuote(lines: string[], index: number): boolean {
  const line = lines[index]!
  if (INTRODUCTIONS.some((pattern) => pattern.test(line))) return true
  // An introduction broken over two lines.
  if (index + 1 < lines.length && INTRODUCTIONS.slice(0, 3).some((pattern) => pattern.test(`${line.trim()} ${lines[index + 1]!.trim()}`))) return true
  if (HEADER.test(line) && HEADER_NEXT.test(lines[index + 1] ?? '')) return true
  // Nothing but quoted lines from here on.
  return line.startsWith('>') && lines.slice(index).every((one) => one.startsWith('>') || one.trim() === '')
}

/** Splits a mail's text; `quoted` is empty when it repeats nothing, or nothing else. */
export function splitQuote(text: string): { own: string; quoted: string } {
  const lines = text.split('\n')
  const at = lines.findIndex((_, index) => startsQuote(lines, index))
  const own = at < 0 ? '' : lines.slice(0, at).join('\n').trimEnd()
  // A mail that only repeats is shown whole.
  return own.trim() === '' ? { own: text, quoted: '' } : { own, quoted: lines.slice(at).join('\n') }
}
