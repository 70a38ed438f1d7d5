/** Where a phone's "back" leads from a page: the inbox, or the index that the page belongs to. */
import type { InjectionKey } from 'vue'

export const BACK: InjectionKey<string> = Symbol('back')
