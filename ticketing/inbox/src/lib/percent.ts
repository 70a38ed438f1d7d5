/** "62 %" as the language writes it; a dash where there is nothing to divide. */
export function percent(share: number | null, locale: string): string {
  if (share === null) return '—'
  return new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 }).format(share)
}
