/** What an agent writes on one ticket, to whom, and how it is sent. */
import { computed, nextTick, ref, watch, type Ref } from 'vue'
import { tickets as api } from '@/api/desk'
import { scheduled, type StatusAfter, type TakenBack } from '@/api/replies'
import type { Suggestion, TicketDetail } from '@/api/types'
import { gapsIn } from '@/lib/gaps'
import { newId } from '@/lib/ids'
import { replyWindow } from '@/lib/window'
import { useClock } from '@/stores/clock'
import { useComposer } from '@/stores/composer'
import { useDrafts, type Mode } from '@/stores/drafts'
import { useLookers } from '@/stores/lookers'
import { useOutbox } from '@/stores/outbox'
import { useScheduled } from '@/stores/scheduled'
import { useMeanwhile } from './useMeanwhile'
import { useMentions } from './useMentions'
import { restoreUploads, useUploads } from './useUploads'

export function useReply(ticket: Ref<TicketDetail>) {
  const clocks = useClock()
  const drafts = useDrafts()
  const outbox = useOutbox()
  const lookers = useLookers()
  const composer = useComposer()
  const scheduledReplies = useScheduled()
  const id = computed(() => ticket.value.id)

  const isClosed = computed(() => ticket.value.status === 'closed')
  const chosenMode = ref<Mode>(drafts.get(id.value).mode)
  const mode = computed<Mode>(() => (isClosed.value ? 'note' : chosenMode.value))
  const isNote = computed(() => mode.value === 'note')
  const text = computed({
    get: () => drafts.get(id.value)[mode.value],
    set: (value) => drafts.set(id.value, { [mode.value]: value, mode: mode.value }),
  })
  watch(chosenMode, (chosen) => drafts.set(id.value, { mode: chosen }))

  const chosenId = ref<string | null>(null)
  const conversation = computed(
    () => ticket.value.conversations.find((one) => one.id === chosenId.value) ?? ticket.value.conversations[0] ?? null,
  )
  const window = computed(() => replyWindow(conversation.value?.window_expires_at ?? null, clocks.now))
  const canWrite = computed(() => isNote.value || (conversation.value !== null && window.value.kind !== 'closed'))
  const isMail = computed(() => !isNote.value && conversation.value?.channel === 'email')
  watch(isMail, (mail) => mail && void composer.load(), { immediate: true })
  const signature = computed(() => (isMail.value ? composer.signature(conversation.value?.language ?? null) : ''))

  const files = useUploads(id.value, conversation)
  const mentions = useMentions()
  const meanwhile = useMeanwhile(id, computed(() => !isNote.value && text.value.trim() !== ''))

  const gaps = computed(() => (isNote.value ? [] : gapsIn(text.value)))
  const whole = computed(() => (signature.value && text.value.trim() ? `${text.value.trim()}\n\n${signature.value}` : text.value.trim()))
  const excess = computed(() => (isNote.value ? 0 : Math.max(0, whole.value.length - (conversation.value?.capabilities.text_length ?? Infinity))))
  const canSend = computed(() => {
    const hasWords = text.value.trim() !== ''
    if (isNote.value) return hasWords
    const fits = files.isReady.value && excess.value === 0 && gaps.value.length === 0
    return canWrite.value && fits && (hasWords || files.uploads.value.length > 0)
  })

  /** What the draft was started from, counted when it is sent. */
  let canned: { id: string; ticketId: string }[] = []
  let suggested: { suggestion: Suggestion; text: string } | null = null
  const startedFrom = (cannedId: string) => canned.push({ id: cannedId, ticketId: id.value })
  const startedFromSuggestion = (suggestion: Suggestion, words: string) => (suggested = { suggestion, text: words })

  function countSuggestion(sent: string): void {
    if (!suggested || isNote.value) return
    const { suggestion, text: words } = suggested
    suggested = null
    // A count that is lost is no reason to disturb an agent.
    void api.usedSuggestion(id.value, suggestion.id, sent !== words.trim()).catch(() => {})
  }

  const attachments = () => (isNote.value ? [] : files.uploads.value)

  /** False when there is nothing that may be sent. */
  function send(statusAfter: StatusAfter | null = null): boolean {
    if (!canSend.value) return false
    countSuggestion(text.value.trim())
    const uploads = attachments()
    outbox.send({
      ticketId: id.value,
      kind: mode.value,
      text: isNote.value ? text.value.trim() : whole.value,
      conversationId: isNote.value ? null : (conversation.value?.id ?? null),
      attachmentIds: uploads.map((upload) => upload.attachmentId!),
      files: uploads.map(({ name, kind, size }) => ({ name, kind, size })),
      seenMessageId: isNote.value ? null : meanwhile.seenMessageId.value,
      cannedIds: isNote.value ? [] : canned.filter((one) => one.ticketId === id.value).map((one) => one.id),
      mentions: isNote.value ? mentions.inText(text.value).map(({ kind, id: named }) => ({ kind, id: named })) : [],
      statusAfter: isNote.value ? null : statusAfter,
    })
    emptied()
    return true
  }

  /** Throws what the desk refuses it for; the words then stay where they are. */
  async function schedule(when: { send_at: string; send_anyway: boolean }): Promise<void> {
    await scheduled.add(id.value, {
      client_id: newId(),
      text: whole.value,
      conversation_id: conversation.value?.id,
      attachment_ids: attachments().map((upload) => upload.attachmentId!),
      ...when,
    })
    emptied()
    await scheduledReplies.load(id.value).catch(() => {})
  }

  function emptied(): void {
    const wasNote = isNote.value
    text.value = ''
    canned = []
    mentions.clear()
    lookers.rest()
    if (!wasNote) files.clear()
  }

  /** Puts words before those that stand in the field already. */
  function putBack(kind: Mode, words: string): void {
    drafts.set(id.value, { mode: kind, [kind]: [words, drafts.get(id.value)[kind]].filter(Boolean).join('\n') })
    chosenMode.value = kind
  }

  /** A reply that will not leave is the agent's again. */
  function takeBack(back: TakenBack): void {
    restoreUploads(id.value, back.attachments)
    if (ticket.value.conversations.some((one) => one.id === back.conversation_id)) chosenId.value = back.conversation_id
    putBack('reply', back.text)
  }

  /** Takes a refused message back into the field. */
  function edit(clientId: string): void {
    const item = outbox.items.get(clientId)
    if (!item) return
    outbox.remove(clientId)
    putBack(item.kind, item.text)
  }

  async function write(wanted: Mode): Promise<void> {
    chosenMode.value = wanted
    await nextTick()
  }

  return {
    isClosed, mode, isNote, text, conversation, chosenId, window, canWrite, isMail, signature, gaps, excess, canSend,
    files, mentions, meanwhile, startedFrom, startedFromSuggestion, send, schedule, takeBack, edit, write,
  }
}
