/** The interface's words: one catalogue a language for the inbox, and one a subject for pages that only some open. */
import { createI18n } from 'vue-i18n'
import type { InterfaceLanguage } from '@/api/types'
import type { Catalogue } from './messages/en'
import { pluralRule } from './plural'

export const LANGUAGES: InterfaceLanguage[] = ['ar', 'fr', 'en']
/** Each language in its own words, as a chooser shows it. */
export const OWN_NAMES: Record<InterfaceLanguage, string> = { ar: 'العربية', fr: 'Français', en: 'English' }

const CATALOGUES: Record<InterfaceLanguage, () => Promise<Catalogue>> = {
  ar: () => import('./messages/ar').then((module) => module.ar),
  fr: () => import('./messages/fr').then((module) => module.fr),
  en: () => import('./messages/en').then((module) => module.en),
}
/** `subjects/<subject>/<language>.ts`: the words of a page, fetched with it. */
const SUBJECTS = import.meta.glob<{ default: Record<string, unknown> }>('./subjects/*/*.ts')
const loadedSubjects = new Set<string>()
const REMEMBERED = 'wasl.language'

export const i18n = createI18n<false>({
  legacy: false,
  locale: 'en',
  fallbackLocale: false,
  missingWarn: import.meta.env.DEV,
  fallbackWarn: false,
  messages: {},
  pluralRules: { ar: pluralRule('ar'), fr: pluralRule('fr'), en: pluralRule('en') },
})

export const direction = (language: InterfaceLanguage): 'rtl' | 'ltr' => (language === 'ar' ? 'rtl' : 'ltr')

/** The language last used here, else one the browser asks for, else French. */
export function rememberedLanguage(): InterfaceLanguage {
  const wanted = [localStorage.getItem(REMEMBERED) ?? '', ...navigator.languages.map((tag) => tag.slice(0, 2))]
  return LANGUAGES.find((language) => language === wanted.find((one) => (LANGUAGES as string[]).includes(one))) ?? 'fr'
}

export async function setLanguage(language: InterfaceLanguage): Promise<void> {
  const catalogue = await CATALOGUES[language]()
  i18n.global.setLocaleMessage(language, catalogue)
  await Promise.all([...loadedSubjects].map((subject) => mergeSubject(subject, language)))
  i18n.global.locale.value = language
  document.documentElement.lang = language
  document.documentElement.dir = direction(language)
  localStorage.setItem(REMEMBERED, language)
}

export const hasWords = (subject: string): boolean => `./subjects/${subject}/en.ts` in SUBJECTS

/** Have the words of a subject at hand, under its own name, in this language and in those chosen later. */
export async function loadWordsOf(subject: string): Promise<void> {
  loadedSubjects.add(subject)
  await mergeSubject(subject, i18n.global.locale.value as InterfaceLanguage)
}

async function mergeSubject(subject: string, language: InterfaceLanguage): Promise<void> {
  const words = SUBJECTS[`./subjects/${subject}/${language}.ts`]
  if (!words) throw new Error(`The subject ${subject} has no words in ${language}.`)
  i18n.global.mergeLocaleMessage(language, { [subject]: (await words()).default })
}
