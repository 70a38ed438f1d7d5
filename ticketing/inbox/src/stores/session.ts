/** Who is signed in and what they may do. */
import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { ApiError } from '@/api/client'
import * as api from '@/api/desk'
import type { InterfaceLanguage, Session } from '@/api/types'
import { rememberedLanguage, setLanguage } from '@/i18n'

export const useSession = defineStore('session', () => {
  const current = ref<Session | null>(null)
  const language = ref<InterfaceLanguage>(rememberedLanguage())
  /** The session ended under the agent's hands: sign-in says so. */
  const hasExpired = ref(false)

  const agentId = computed(() => current.value?.agent.id ?? '')
  const can = (permission: string) => current.value?.permissions.includes(permission) ?? false

  async function adopt(session: Session): Promise<void> {
    current.value = session
    hasExpired.value = false
    await showLanguage(session.agent.language)
  }

  /** False when nobody is signed in. */
  async function restore(): Promise<boolean> {
    try {
      await adopt(await api.session.read())
      return true
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) return false
      throw error
    }
  }

  async function signOut(): Promise<void> {
    await api.session.close()
    hasExpired.value = false
    current.value = null
  }

  /** The server has ended the session already. */
  function leave(): void {
    hasExpired.value = false
    current.value = null
  }

  function expire(): void {
    if (current.value) hasExpired.value = true
    current.value = null
  }

  async function showLanguage(chosen: InterfaceLanguage): Promise<void> {
    await setLanguage(chosen)
    language.value = chosen
  }

  /** Shown at once; kept on the server when somebody is signed in. */
  async function chooseLanguage(chosen: InterfaceLanguage): Promise<void> {
    await showLanguage(chosen)
    if (!current.value) return
    current.value.agent.language = chosen
    await api.session.setLanguage(chosen)
  }

  return { current, language, hasExpired, agentId, can, adopt, restore, signOut, leave, expire, chooseLanguage, showLanguage }
})
