/** Colleagues and teams, for assigning. Read once, when first needed. */
import { defineStore } from 'pinia'
import { ref } from 'vue'
import * as api from '@/api/desk'
import type { Agent, Team } from '@/api/types'

export const useDirectory = defineStore('directory', () => {
  const agents = ref<Agent[]>([])
  const teams = ref<Team[]>([])

  async function load(): Promise<void> {
    if (agents.value.length > 0) return
    const [people, groups] = await Promise.all([api.directory.agents(), api.directory.teams()])
    agents.value = people.agents
    teams.value = groups.teams
  }

  return { agents, teams, load }
})
