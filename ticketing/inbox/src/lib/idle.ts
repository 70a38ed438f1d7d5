/** Do it once the browser has nothing better to do; Safari, which cannot tell, soon. */
export function whenIdle(work: () => void): void {
  if ('requestIdleCallback' in window) window.requestIdleCallback(work, { timeout: 5000 })
  else setTimeout(work, 1000)
}
