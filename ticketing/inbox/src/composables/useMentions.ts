/** Colleagues and teams that a note names: chosen from a list, kept by id. */
import { computed, ref } from 'vue'
import { useWords } from '@/lib/words'
import { fold } from '@/lib/fold'
import { useDirectory } from '@/stores/directory'
import { useSession } from '@/stores/session'

export interface Named {
  kind: 'agent' | 'team'
  id: string
  name: string
}

const SHOWN = 8

export function useMentions() {
  const { team } = useWords()
  const directory = useDirectory()
  const session = useSession()
  const chosen = ref<Named[]>([])

  const everybody = computed<Named[]>(() => [
    ...directory.agents.filter((one) => one.id !== session.agentId).map((one) => ({ kind: 'agent' as const, id: one.id, name: one.name })),
    ...directory.teams.map((one) => ({ kind: 'team' as const, id: one.id, name: team(one) })),
  ])

  function find(query: string): Named[] {
    void directory.load().catch(() => {})
    const wanted = fold(query)
    const begins = (name: string) => fold(name).split(/\s+/).some((word) => word.startsWith(wanted)) || fold(name).startsWith(wanted)
    return everybody.value.filter((one) => begins(one.name)).slice(0, SHOWN)
  }

  function choose(one: Named): void {
    if (!chosen.value.some((named) => named.id === one.id)) chosen.value.push(one)
  }

  /** Those whose names still stand in the text. */
  const inText = (text: string): Named[] => chosen.value.filter((one) => text.includes(`@${one.name}`))

  return { chosen, find, choose, inText, clear: () => (chosen.value = []) }
}
