/** How this agent's composer behaves: how long a reply can be taken back, and what a mail ends with. */
import { defineStore } from 'pinia'
import { ref } from 'vue'
import { composer as api, type ComposerPreferences } from '@/api/replies'
import type { InterfaceLanguage } from '@/api/types'

/** Readers of Darija in Latin letters read French rather than Arabic script. */
const READS: Record<string, InterfaceLanguage> = { ar: 'ar', 'ary-Arab': 'ar', 'ary-Latn': 'fr', fr: 'fr', en: 'en' }

export const useComposer = defineStore('composer', () => {
  const preferences = ref<ComposerPreferences | null>(null)
  let reading: Promise<void> | undefined

  /** Once; asked again only when it failed. */
  function load(): Promise<void> {
    reading ??= api.read().then(
      (read) => void (preferences.value = read),
      () => void (reading = undefined),
    )
    return reading
  }

  async function save(changed: Pick<ComposerPreferences, 'undo_seconds' | 'signatures'>): Promise<void> {
    preferences.value = await api.set(changed)
  }

  /** What a mail to a reader of this language ends with; empty for nothing. */
  function signature(language: string | null): string {
    const signatures = preferences.value?.signatures ?? {}
    return signatures[READS[language ?? ''] ?? 'fr'] ?? signatures.fr ?? signatures.ar ?? signatures.en ?? ''
  }

  function clear(): void {
    preferences.value = null
    reading = undefined
  }

  return { preferences, load, save, signature, clear }
})
