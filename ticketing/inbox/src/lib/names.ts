/** Names in three languages as a form holds them: a missing one is empty, and not sent. */
import type { Names, SomeNames } from '@/api/automation'
import type { InterfaceLanguage } from '@/api/types'
import { LANGUAGES } from '@/i18n'

export const blankNames = (): Record<InterfaceLanguage, string> => ({ ar: '', fr: '', en: '' })
export const namesForForm = (names: SomeNames): Record<InterfaceLanguage, string> => ({ ar: names.ar ?? '', fr: names.fr ?? '', en: names.en ?? '' })
export const namesToSend = (names: Record<InterfaceLanguage, string>): Names =>
  Object.fromEntries(LANGUAGES.map((language) => [language, names[language].trim()] as const).filter(([, name]) => name))
