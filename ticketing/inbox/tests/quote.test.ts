import { describe, expect, it } from 'vitest'
import { splitQuote } from '@/lib/quote'
import { peaks } from '@/lib/waveform'

describe('a mail', () => {
  it.each([
    ['French', 'Bonjour,\nmerci.\n\nLe lun. 23 nov. 2026 à 10:12, SRM <contact@srm.ma> a écrit :\n> Votre facture'],
    ['English', 'Thanks\n\nOn Mon, 23 Nov 2026 at 10:12, SRM <contact@srm.ma> wrote:\n> Your bill'],
    ['English, broken over two lines', 'Thanks\n\nOn Mon, 23 Nov 2026 at 10:12, SRM\n<contact@srm.ma> wrote:\n> Your bill'],
    ['Arabic', 'شكرا\n\nفي الاثنين 23 نونبر 2026 كتب SRM:\n> فاتورتكم'],
    ['Outlook', 'Merci\n\nDe : SRM <contact@srm.ma>\nEnvoyé : lundi 23 novembre 2026\nObjet : facture'],
    ['a forwarded one', 'Voir ci-dessous\n\n-----Message d’origine-----\nFacture'],
    ['bare quotes', 'Non\n\n> Avez-vous payé ?\n> Merci'],
  ])('in %s keeps its own words and folds the rest', (_, text) => {
    const { own, quoted } = splitQuote(text)
    expect(own).toBe(text.split('\n\n')[0])
    expect(quoted).not.toBe('')
    expect(text.startsWith(own) && text.endsWith(quoted)).toBe(true)
  })

  it.each(['Bonjour', '> Avez-vous payé ?\n> Oui', 'Il a dit :\n> non\net moi oui', 'De : Casablanca, je vous écris', 'On se voit demain'])('is shown whole: %s', (text) => {
    expect(splitQuote(text)).toEqual({ own: text, quoted: '' })
  })
})

describe('the shape of a recording', () => {
  it('is its peaks, the loudest at one', () => {
    expect(peaks(new Float32Array([0.1, -0.2, 0, 0.4]), 2)).toEqual([0.5, 1].map((value) => expect.closeTo(value, 5)))
    expect(peaks(new Float32Array(8), 2)).toEqual([0, 0])
  })
})
