/** The shape of a recording, as so many peaks between 0 and 1. */

export function peaks(samples: Float32Array, bars: number): number[] {
  const width = Math.max(1, Math.floor(samples.length / bars))
  const found = Array.from({ length: bars }, (_, bar) => {
    let peak = 0
    for (let index = bar * width; index < Math.min(samples.length, (bar + 1) * width); index += 1) peak = Math.max(peak, Math.abs(samples[index]!))
    return peak
  })
  const loudest = Math.max(...found)
  return loudest === 0 ? found : found.map((peak) => peak / loudest)
}

/** Reads and decodes it; refused by a browser that does not know the recording's codec. */
export async function peaksOf(url: string, bars: number): Promise<number[]> {
  const response = await fetch(url, { credentials: 'same-origin' })
  if (!response.ok) throw new Error(`The recording cannot be read (${response.status}).`)
  const context = new OfflineAudioContext(1, 1, 16_000)
  const sound = await context.decodeAudioData(await response.arrayBuffer())
  return peaks(sound.getChannelData(0), bars)
}
