/** Picks a plural form by the language's own rules: two in French and English, six in Arabic. */
import type { InterfaceLanguage } from '@/api/types'

/** The order of the forms in a message, separated by `|`. A first extra form, where there is one, is for zero. */
export const FORMS: Record<InterfaceLanguage, Intl.LDMLPluralRule[]> = {
  ar: ['zero', 'one', 'two', 'few', 'many', 'other'],
  fr: ['one', 'other'],
  en: ['one', 'other'],
}

export function pluralRule(language: InterfaceLanguage): (count: number, forms: number) => number {
  const rules = new Intl.PluralRules(language)
  const order = FORMS[language]
  return (count, forms) => {
    const hasZero = forms === order.length + 1
    if (hasZero && count === 0) return 0
    const category = rules.select(count)
    const index = order.indexOf(category)
    return (index < 0 ? order.length - 1 : index) + (hasZero ? 1 : 0)
  }
}
