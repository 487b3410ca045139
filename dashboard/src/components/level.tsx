import type { ThreatLevel } from '@eviltwin/contract'

/** From least to most severe, as in the contract. */
export const LEVELS: readonly ThreatLevel[] = ['low', 'medium', 'high', 'critical']

/** A shape a level, so that colour alone identifies none. */
const SHAPES: Readonly<Record<ThreatLevel, string>> = { low: '○', medium: '◐', high: '◆', critical: '▲' }

export function Level({ level }: { level: ThreatLevel }) {
  return (
    <span className={`level level-${level}`}>
      <span aria-hidden="true">{SHAPES[level]}</span> {level}
    </span>
  )
}

/** A level with the score that it stands for. */
export function Score({ level, score }: { level: ThreatLevel; score: number }) {
  return (
    <span className="inline-flex items-center gap-2 whitespace-nowrap">
      <Level level={level} />
      <span className="font-mono tabular-nums">{score.toFixed(2)}</span>
    </span>
  )
}
