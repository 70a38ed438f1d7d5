/** Colleagues, teams and categories. Read once, when first needed. */
import { defineStore } from 'pinia'
import { ref } from 'vue'
import * as api from '@/api/desk'
import type { Agent, Category, Team } from '@/api/types'

export const useDirectory = defineStore('directory', () => {
  const agents = ref<Agent[]>([])
  const teams = ref<Team[]>([])

  const categories = ref<Category[]>([])

  async function load(): Promise<void> {
    if (agents.value.length > 0) return
    const [people, groups] = await Promise.all([api.directory.agents(), api.directory.teams()])
    agents.value = people.agents
    teams.value = groups.teams
  }

  async function loadCategories(): Promise<void> {
    if (categories.value.length === 0) categories.value = (await api.directory.categories()).categories
  }

  return { agents, teams, categories, load, loadCategories }
})
