/** What can be done right now, from wherever it is offered: the command bar lists it. */
import { defineStore } from 'pinia'
import { computed, onScopeDispose, shallowReactive, type Component } from 'vue'

export type CommandGroup = 'ticket' | 'write' | 'go' | 'you'

export interface Command {
  /** Stable: what was used lately is remembered by it. */
  id: string
  group: CommandGroup
  /** In the agent's language. */
  label: string
  icon?: Component
  /** What is written on its keys. */
  keys?: string[]
  /** Other words somebody might look for. */
  also?: string
  /** One of many of its kind: listed only for whoever types. */
  isOneOfMany?: boolean
  run: () => void
}

export const useCommandList = defineStore('commands', () => {
  const sources = shallowReactive(new Map<symbol, () => Command[]>())
  const all = computed(() => [...sources.values()].flatMap((source) => source()))
  return { sources, all }
})

/** Offers commands while the calling component is on the page. `source` is read anew when what it uses changes. */
export function useCommands(source: () => Command[]): void {
  const { sources } = useCommandList()
  const key = Symbol('commands')
  sources.set(key, source)
  onScopeDispose(() => sources.delete(key))
}
