/** A new version was installed while this page was open: its parts have new names, so the page is read again. */

const REMEMBERED = 'wasl.renewed'
const ONCE_MS = 60_000

/** Only when the desk answers (offline a reload would lose the page), and not twice in a minute. */
export function renewWhenPartsAreGone(): void {
  addEventListener('vite:preloadError', async () => {
    if (Date.now() - Number(sessionStorage.getItem(REMEMBERED) ?? 0) < ONCE_MS) return
    const answer = await fetch('/', { cache: 'no-store' }).catch(() => null)
    if (!answer?.ok) return
    sessionStorage.setItem(REMEMBERED, String(Date.now()))
    location.reload()
  })
}
