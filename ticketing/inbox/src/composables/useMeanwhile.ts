/** Who answered while the agent wrote, and the newest message the agent has certainly seen. */
import { computed, ref, watch, type Ref } from 'vue'
import type { Message } from '@/api/types'
import { useSession } from '@/stores/session'
import { useThreads } from '@/stores/threads'

export function useMeanwhile(ticketId: Ref<string>, isWriting: Ref<boolean>) {
  const session = useSession()
  const threads = useThreads()
  const messages = computed<Message[]>(() =>
    (threads.threads.get(ticketId.value)?.entries ?? []).flatMap((entry) => (entry.type === 'message' ? [entry.message] : [])),
  )
  /** The newest message when the agent began to write. */
  const since = ref<string | null>(null)
  const newest = () => messages.value.at(-1)?.id ?? null
  watch([ticketId, isWriting], () => (since.value = isWriting.value ? newest() : null), { immediate: true })

  const after = computed(() => {
    const index = messages.value.findIndex((message) => message.id === since.value)
    return index < 0 ? [] : messages.value.slice(index + 1)
  })
  const isTheirs = (message: Message) =>
    message.direction === 'outbound' &&
    (message.author === 'agent' || message.author === 'assistant') &&
    message.author_name !== session.current?.agent.name &&
    message.state !== 'cancelled'
  /** A colleague's (or the assistant's) first answer since, until the agent has said that it was seen. */
  const answer = computed(() => after.value.find(isTheirs) ?? null)

  /** The customer's words appear under the agent's eyes; a colleague's answer is asked about once. */
  const seenMessageId = computed(() => {
    if (!answer.value) return messages.value.at(-1)?.id ?? null
    return messages.value[messages.value.indexOf(answer.value) - 1]?.id ?? since.value
  })

  return { answer, seenMessageId, acknowledge: () => (since.value = newest()) }
}
