import type { SloState } from '@eviltwin/contract'

const STATES: Readonly<Record<SloState, readonly [shape: string, words: string, tone: string]>> = {
  met: ['✓', 'met', 'text-good'],
  at_risk: ['⚠', 'at risk', 'text-warn'],
  breached: ['✕', 'breached', 'text-bad'],
  no_data: ['–', 'no data', 'text-muted'],
}

export function SloStateMark({ state }: { state: SloState }) {
  const [shape, words, tone] = STATES[state]
  return (
    <span className={`${tone} font-medium whitespace-nowrap`}>
      <span aria-hidden="true">{shape}</span> {words}
    </span>
  )
}

/** A share in percent, as precise as objectives are. */
export function percent(share: number | null): string {
  if (share === null) return '–'
  return `${(share * 100).toLocaleString('en', { maximumFractionDigits: 2 })} %`
}

/** `136` -> `2 min 16 s`. @param seconds whole or not. */
export function durationText(seconds: number): string {
  const whole = Math.round(seconds)
  const parts = [
    [Math.floor(whole / 3600), 'h'],
    [Math.floor((whole % 3600) / 60), 'min'],
    [whole % 60, 's'],
  ] as const
  const words = parts.flatMap(([value, unit]) => (value > 0 ? [`${value} ${unit}`] : []))
  return words.length === 0 ? 'none' : words.join(' ')
}
