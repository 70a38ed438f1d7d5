/** The gazetteer, for choosing places. Read once, when first needed. */
import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { network, type Place, type PlaceNames } from '@/api/network'
import { useSession } from './session'

export const usePlaces = defineStore('places', () => {
  const session = useSession()
  const all = ref<Place[]>([])
  const byId = computed(() => new Map(all.value.map((place) => [place.id, place])))

  async function load(): Promise<void> {
    if (all.value.length === 0) all.value = (await network.places()).places
  }
  const inWords = (names: PlaceNames) => (session.language === 'ar' ? names.ar : names.fr)
  const nameOf = (id: string) => {
    const place = byId.value.get(id)
    return place ? inWords(place.names) : id
  }

  return { all, byId, load, inWords, nameOf }
})
