/** WCAG 2.2 AA: every pair of colours used for text reaches 4.5:1, in both themes, computed from the tokens themselves. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const css = readFileSync(join(import.meta.dirname, '../src/styles/tokens.css'), 'utf8')
const tokens = new Map(
  [...css.matchAll(/--([\w-]+): (?:light-dark\((#\w+), (#\w+)\)|(#\w+));/g)].map(([, name, light, dark, both]) => [
    name!,
    { light: (light ?? both)!, dark: (dark ?? both)! },
  ]),
)

const TEXT_ON: Record<string, string[]> = {
  ink: ['canvas', 'surface', 'subtle', 'hover', 'accent-soft', 'bubble-customer', 'bubble-agent', 'bubble-assistant', 'bubble-note'],
  'ink-soft': ['canvas', 'surface', 'subtle', 'hover', 'accent-soft', 'bubble-agent', 'bubble-note'],
  'ink-faint': ['canvas', 'surface', 'subtle', 'hover', 'accent-soft', 'bubble-agent', 'bubble-assistant', 'bubble-note'],
  'on-accent': ['accent', 'accent-hover'],
  'accent-ink': ['surface', 'accent-soft', 'canvas', 'bubble-agent', 'bubble-assistant'],
  'assistant-ink': ['bubble-assistant', 'canvas'],
  'note-ink': ['bubble-note', 'surface', 'canvas'],
  danger: ['surface', 'canvas', 'danger-soft'],
  warning: ['surface', 'canvas', 'warning-soft'],
  success: ['surface', 'success-soft'],
  'rail-ink': ['rail', 'rail-hover'],
  'rail-ink-strong': ['rail', 'rail-hover', 'rail-active'],
}

function luminance(hex: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(hex.slice(at, at + 2), 16) / 255
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!
}

function contrast(a: string, b: string): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((one, other) => other - one)
  return (light! + 0.05) / (dark! + 0.05)
}

describe.each(['light', 'dark'] as const)('in the %s theme', (theme) => {
  const pairs = Object.entries(TEXT_ON).flatMap(([text, grounds]) => grounds.map((ground) => [text, ground] as const))
  it.each(pairs)('%s is readable on %s', (text, ground) => {
    expect(contrast(tokens.get(text)![theme], tokens.get(ground)![theme])).toBeGreaterThanOrEqual(4.5)
  })
})
