/** Files chosen for a reply: checked against the channel at once, uploaded while the agent goes on writing. */
import { computed, onScopeDispose, ref, type Ref } from 'vue'
import * as api from '@/api/desk'
import type { Conversation } from '@/api/types'
import { checkFile, fileSize } from '@/lib/files'
import { newId } from '@/lib/ids'
import { useWords } from '@/lib/words'
import { useClock } from '@/stores/clock'
import { useNotices } from '@/stores/notices'

export interface Upload {
  key: string
  file: File
  kind: string
  preview: string | null
  state: 'uploading' | 'ready' | 'failed'
  problem: string
  attachmentId: string | null
}

export function useUploads(conversation: Ref<Conversation | null>) {
  const { t, channel, error } = useWords()
  const notices = useNotices()
  const clocks = useClock()
  const uploads = ref<Upload[]>([])
  const isReady = computed(() => uploads.value.every((upload) => upload.state === 'ready'))

  function add(files: Iterable<File>): void {
    const target = conversation.value
    if (!target) return
    for (const file of files) {
      const verdict = checkFile(file, target)
      const names = { name: file.name, channel: channel(target.channel) }
      if (verdict.ok) {
        const preview = file.type.startsWith('image/') ? URL.createObjectURL(file) : null
        const upload: Upload = { key: newId(), file, kind: verdict.kind, preview, state: 'uploading', problem: '', attachmentId: null }
        uploads.value.push(upload)
        void send(upload.key)
      } else if (verdict.reason === 'media_too_large') {
        notices.show(t('composer.fileTooLarge', { ...names, size: fileSize(verdict.maxBytes, clocks.locale) }), 'warning')
      } else notices.show(t('composer.fileUnsupported', names), 'warning')
    }
  }

  async function send(key: string): Promise<void> {
    const find = () => uploads.value.find((upload) => upload.key === key)
    const upload = find()
    if (!upload) return
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
  onScopeDispose(clear)

  return { uploads, isReady, add, retry: send, remove, clear }
}
