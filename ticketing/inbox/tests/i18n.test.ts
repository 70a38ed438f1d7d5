import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { InterfaceLanguage } from '@/api/types'
import { i18n, setLanguage } from '@/i18n'
import { ar } from '@/i18n/messages/ar'
import { en } from '@/i18n/messages/en'
import { fr } from '@/i18n/messages/fr'
import { FORMS } from '@/i18n/plural'

const SUBJECTS = import.meta.glob<{ default: object }>('../src/i18n/subjects/*/*.ts', { eager: true })

/** The catalogue with the words of every subject under its name. */
function whole(language: 'ar' | 'fr' | 'en', catalogue: object): object {
  const subjects = Object.entries(SUBJECTS).filter(([path]) => path.endsWith(`/${language}.ts`))
  return { ...catalogue, ...Object.fromEntries(subjects.map(([path, words]) => [path.split('/').at(-2)!, words.default])) }
}

const CATALOGUES = { ar: whole('ar', ar), fr: whole('fr', fr), en: whole('en', en) }
const SOURCES = join(import.meta.dirname, '../src')

function flat(tree: object, prefix = ''): Map<string, string> {
  const entries = Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'string' ? [[prefix + key, value] as const] : [...flat(value as object, `${prefix}${key}.`)],
  )
  return new Map(entries)
}

function sources(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    if (statSync(path).isDirectory()) return name === 'messages' || name === 'subjects' ? [] : sources(path)
    return /\.(vue|ts)$/.test(name) ? [readFileSync(path, 'utf8')] : []
  })
}

const placeholders = (text: string) => [...new Set(text.match(/\{\w+\}/g) ?? [])].filter((one) => one !== '{n}').sort()
const english = flat(CATALOGUES.en)

describe.each(['ar', 'fr'] as const)('the %s catalogue', (language) => {
  const own = flat(CATALOGUES[language])

  it('has exactly the keys of the English one', () => {
    expect([...own.keys()].sort()).toEqual([...english.keys()].sort())
  })

  it('uses the same placeholders', () => {
    for (const [key, text] of own) expect(placeholders(text), key).toEqual(placeholders(english.get(key)!))
  })

  it('leaves nothing empty', () => {
    for (const [key, text] of own) expect(text.trim(), key).not.toBe('')
  })
})

it.each(['ar', 'fr', 'en'] as const)('%s gives every plural message the forms of its language', (language) => {
  for (const [key, text] of flat(CATALOGUES[language])) {
    if (!english.get(key)!.includes('|')) continue
    const forms = text.split('|').length
    const needed = FORMS[language].length
    expect([needed, language === 'ar' ? needed : needed + 1], key).toContain(forms)
  }
})

it('translates every key the sources name', () => {
  const named = sources(SOURCES).flatMap((text) => [...text.matchAll(/\bt\(\s*'([a-z]\w*(?:\.\w+)+)'/g)].map((match) => match[1]!))
  expect(named.length).toBeGreaterThan(150)
  expect([...new Set(named)].filter((key) => !english.has(key))).toEqual([])
})

it('has no text that nothing shows', () => {
  const text = sources(SOURCES).join('\n')
  const built = [...text.matchAll(/`([a-zA-Z]+\.[a-zA-Z.]*)\$\{/g)].map((match) => match[1]!)
  const unused = [...english.keys()].filter((key) => !text.includes(`'${key}'`) && !built.some((prefix) => key.startsWith(prefix)))
  expect(unused).toEqual([])
})

describe('plural forms', () => {
  const say = async (language: InterfaceLanguage, key: string, counts: number[]) => {
    await setLanguage(language)
    return counts.map((count) => i18n.global.t(key, count))
  }

  it('are six in Arabic', async () => {
    expect(await say('ar', 'list.newer', [0, 1, 2, 3, 10, 11, 99, 100, 103])).toEqual([
      'لا جديد',
      'محادثة جديدة',
      'محادثتان جديدتان',
      '3 محادثات جديدة',
      '10 محادثات جديدة',
      '11 محادثة جديدة',
      '99 محادثة جديدة',
      '100 محادثة جديدة',
      '103 محادثات جديدة',
    ])
  })

  it('are two in French and English', async () => {
    expect(await say('fr', 'list.newer', [0, 1, 2])).toEqual(['Rien de nouveau', 'Une nouvelle conversation', '2 nouvelles conversations'])
    expect(await say('en', 'composer.tooLong', [1, 7])).toEqual(['One character too many', '7 characters too many'])
  })

  it('turn the page to the language', async () => {
    await setLanguage('ar')
    expect([document.documentElement.dir, document.documentElement.lang]).toEqual(['rtl', 'ar'])
    await setLanguage('fr')
    expect(document.documentElement.dir).toBe('ltr')
  })
})

it.each(['ar', 'fr', 'en'] as const)('%s has no message that cannot be shown', async (language) => {
  await setLanguage(language)
  i18n.global.mergeLocaleMessage(language, CATALOGUES[language])
  // An @, a brace or a bar that means itself is written {'@'}: else showing the message fails, and its page with it.
  for (const key of flat(CATALOGUES[language]).keys()) expect(() => i18n.global.t(key, 2), key).not.toThrow()
})
