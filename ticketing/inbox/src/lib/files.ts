/** What a conversation's channel accepts as a file, checked before anything is uploaded. */
import type { Conversation } from '@/api/types'

export type FileVerdict =
  | { ok: true; kind: string }
  | { ok: false; reason: 'media_unsupported' }
  | { ok: false; reason: 'media_too_large'; maxBytes: number }

/** Asks the channel's limits for the kind that takes this type; a document takes what no other kind does. */
export function checkFile(file: { type: string; size: number }, conversation: Pick<Conversation, 'capabilities'>): FileVerdict {
  const media = conversation.capabilities.media
  const type = file.type.split(';')[0]!.trim().toLowerCase()
  const takes = (types: string[]) =>
    types.some((one) => one === type || one === '*/*' || (one.endsWith('/*') && type.startsWith(one.slice(0, -1))))
  const kinds = Object.keys(media).filter((kind) => kind !== 'sticker' && takes(media[kind]!.content_types))
  if (kinds.length === 0) return { ok: false, reason: 'media_unsupported' }
  const fitting = kinds.find((kind) => file.size <= media[kind]!.max_bytes)
  if (fitting) return { ok: true, kind: fitting }
  return { ok: false, reason: 'media_too_large', maxBytes: Math.max(...kinds.map((kind) => media[kind]!.max_bytes)) }
}

/** The `accept` of the file picker, so that the dialog shows what can be sent. */
export function acceptedTypes(conversation: Pick<Conversation, 'capabilities'>): string {
  return Object.entries(conversation.capabilities.media)
    .filter(([kind]) => kind !== 'sticker')
    .flatMap(([, limit]) => limit.content_types)
    .join(',')
}

/** 340 kB, 2.4 MB: bytes in decimal units, in the agent's language. */
export function fileSize(bytes: number, locale: string): string {
  const unit = bytes < 1_000_000 ? 'kilobyte' : 'megabyte'
  const amount = unit === 'kilobyte' ? Math.max(1, Math.round(bytes / 1000)) : bytes / 1_000_000
  return new Intl.NumberFormat(locale, { style: 'unit', unit, maximumFractionDigits: 1 }).format(amount)
}
