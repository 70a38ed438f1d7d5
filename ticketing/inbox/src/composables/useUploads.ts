/** Files chosen for a reply: checked against the channel at once, uploaded while the agent goes on writing. */
import { computed, reactive, type Ref } from 'vue'
import * as api from '@/api/desk'
import type { Attachment, Conversation } from '@/api/types'
import { checkFile, fileSize } from '@/lib/files'
import { newId } from '@/lib/ids'
import { useWords } from '@/lib/words'
import { useClock } from '@/stores/clock'
import { useNotices } from '@/stores/notices'

export interface Upload {
  key: string
  name: string
  size: number
  kind: string
  /** The bytes, until they are at the desk; one that came back from there has none. */
  file: File | null
  preview: string | null
  state: 'uploading' | 'ready' | 'failed'
  problem: string
  attachmentId: string | null
}

/** Kept while the agent looks at other tickets: what was attached is still there when he comes back. */
const byTicket = reactive(new Map<string, Upload[]>())

/** At the end of a session: nothing of it is left to the next agent. */
export function forgetUploads(): void {
  byTicket.clear()
}

/** Files of a reply that was taken back: they are at the desk already. */
export function restoreUploads(ticketId: string, attachments: Attachment[]): void {
  const restored = attachments.map(({ id, name, size, kind }) => ({
    key: newId(), name: name ?? '', size: size ?? 0, kind, file: null, preview: null, state: 'ready' as const, problem: '', attachmentId: id,
  }))
  if (restored.length > 0) byTicket.set(ticketId, [...restored, ...(byTicket.get(ticketId) ?? [])])
}

export function useUploads(ticketId: string, conversation: Ref<Conversation | null>) {
  const { t, channel, error } = useWords()
  const notices = useNotices()
  const clocks = useClock()
  const uploads = computed({ get: () => byTicket.get(ticketId) ?? [], set: (files) => byTicket.set(ticketId, files) })
  const isReady = computed(() => uploads.value.every((upload) => upload.state === 'ready'))

  function add(files: Iterable<File>): void {
    const target = conversation.value
    if (!target) return
    for (const file of files) {
      const verdict = checkFile(file, target)
      const names = { name: file.name, channel: channel(target.channel) }
      if (verdict.ok) {
        const preview = file.type.startsWith('image/') ? URL.createObjectURL(file) : null
        const { name, size } = file
        const upload: Upload = { key: newId(), name, size, kind: verdict.kind, file, preview, state: 'uploading', problem: '', attachmentId: null }
        uploads.value = [...uploads.value, upload]
        void send(upload.key)
      } else if (verdict.reason === 'media_too_large') {
        notices.show(t('composer.fileTooLarge', { ...names, size: fileSize(verdict.maxBytes, clocks.locale) }), 'warning')
      } else notices.show(t('composer.fileUnsupported', names), 'warning')
    }
  }

  async function send(key: string): Promise<void> {
    const find = () => uploads.value.find((upload) => upload.key === key)
    const upload = find()
    if (!upload?.file) return
    upload.state = 'uploading'
    try {
      const attachment = await api.attachments.upload(upload.file)
      Object.assign(find() ?? {}, { state: 'ready', attachmentId: attachment.id })
    } catch (problem) {
      Object.assign(find() ?? {}, { state: 'failed', problem: error(problem) })
    }
  }

  function remove(key: string): void {
    const upload = uploads.value.find((one) => one.key === key)
    if (upload?.preview) URL.revokeObjectURL(upload.preview)
    uploads.value = uploads.value.filter((one) => one.key !== key)
  }

  function clear(): void {
    for (const { key } of uploads.value) remove(key)
  }

  return { uploads, isReady, add, retry: send, remove, clear }
}
