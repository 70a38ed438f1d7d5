/** What this browser remembers for whoever sits before it. */
import { useLocalStorage, usePreferredDark } from '@vueuse/core'
import { defineStore } from 'pinia'
import { computed, watchEffect } from 'vue'

export type Theme = 'system' | 'light' | 'dark'

export const usePreferences = defineStore('preferences', () => {
  const theme = useLocalStorage<Theme>('wasl.theme', 'system')
  const panelOpen = useLocalStorage('wasl.panel', true)
  const notifications = useLocalStorage('wasl.notifications', false)
  const sound = useLocalStorage('wasl.sound', false)

  const systemIsDark = usePreferredDark()
  const isDark = computed(() => (theme.value === 'system' ? systemIsDark.value : theme.value === 'dark'))

  watchEffect(() => {
    if (theme.value === 'system') delete document.documentElement.dataset.theme
    else document.documentElement.dataset.theme = theme.value
  })

  /** Turned on only with the browser's leave; returns whether they are on now. */
  async function toggleNotifications(): Promise<boolean> {
    if (notifications.value || typeof Notification === 'undefined') notifications.value = false
    else notifications.value = (await Notification.requestPermission()) === 'granted'
    return notifications.value
  }

  return { theme, isDark, panelOpen, notifications, sound, toggleNotifications }
})
