/** Two soft tones made by the browser: no file to fetch, quiet by intention. */
let context: AudioContext | undefined

export function playChime(): void {
  context ??= new AudioContext()
  const start = context.currentTime
  for (const [index, frequency] of [659, 880].entries()) {
    const tone = context.createOscillator()
    const volume = context.createGain()
    const at = start + index * 0.13
    tone.frequency.value = frequency
    volume.gain.setValueAtTime(0, at)
    volume.gain.linearRampToValueAtTime(0.06, at + 0.02)
    volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.35)
    tone.connect(volume).connect(context.destination)
    tone.start(at)
    tone.stop(at + 0.4)
  }
}
