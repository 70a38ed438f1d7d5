/** How much room there is: one zone at a time on a phone, three beside each other on a desk. */
import { useMediaQuery } from '@vueuse/core'

export function useViewport() {
  return { isPhone: useMediaQuery('(max-width: 767px)'), isWide: useMediaQuery('(min-width: 1280px)') }
}
