/** Two soft notes, made here: no file to load. Silent where the browser does not allow it yet. */
export function chime(): void {
  try {
    const context = new AudioContext();
    [660, 880].forEach((frequency, index) => {
      const tone = context.createOscillator();
      const volume = context.createGain();
      const at = context.currentTime + index * 0.12;
      tone.frequency.value = frequency;
      volume.gain.setValueAtTime(0.08, at);
      volume.gain.exponentialRampToValueAtTime(0.001, at + 0.25);
      tone.connect(volume).connect(context.destination);
      tone.start(at);
      tone.stop(at + 0.25);
    });
    setTimeout(() => void context.close(), 800);
  } catch {
    // No sound is no loss.
  }
}
