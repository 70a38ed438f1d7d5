/** Finds web and mail addresses and telephone numbers in a text. Segments are rendered as text nodes: no HTML. */

export interface Segment {
  text: string;
  href: string | null;
}

const ADDRESS =
  /\b(https?:\/\/[^\s<>"'«»]+|www\.[^\s<>"'«»]+\.[^\s<>"'«»]+)|\b([\w.+-]+@[\w-]+(?:\.[\w-]+)+)|((?:\+212|\b0)[ .-]?[5-8](?:[ .-]?\d){8})\b/gi;
const TRAILING = /[.,;:!?)\]}،؛؟…]+$/;

export function linkify(text: string): Segment[] {
  const segments: Segment[] = [];
  let last = 0;
  for (let match = ADDRESS.exec(text); match; match = ADDRESS.exec(text)) {
    const found = match[1] ? match[0].replace(TRAILING, "") : match[0];
    const href = match[1] ? webAddress(found) : match[2] ? `mailto:${found}` : `tel:${found.replace(/[ .-]/g, "")}`;
    if (href === null) continue;
    if (match.index > last) segments.push({ text: text.slice(last, match.index), href: null });
    segments.push({ text: found, href });
    last = match.index + found.length;
    ADDRESS.lastIndex = last;
  }
  if (last < text.length) segments.push({ text: text.slice(last), href: null });
  return segments;
}

function webAddress(found: string): string | null {
  try {
    const url = new URL(/^https?:/i.test(found) ? found : `https://${found}`);
    return url.protocol === "https:" || url.protocol === "http:" ? url.href : null;
  } catch {
    return null;
  }
}
