import type { ScoreReason } from '@eviltwin/contract'

/** What raised a score, and what lowered it: bars to the right and to the left of nothing. */
export function SignedBars({ reasons }: { reasons: readonly ScoreReason[] }) {
  const most = Math.max(0.01, ...reasons.map(({ contribution }) => Math.abs(contribution)))
  return (
    <ul className="grid gap-1 text-sm">
      {reasons.map(({ name, description, contribution, techniques }) => {
        const width = `${(Math.abs(contribution) / most) * 50}%`
        return (
          <li
            key={name}
            className="grid grid-cols-[1fr_7rem_4rem] items-center gap-2"
            title={techniques.join(', ')}
          >
            <span>{description}</span>
            <span className="relative h-3 bg-sunken" aria-hidden="true">
              <span
                className={`absolute inset-y-0 ${contribution < 0 ? 'bar-down' : 'bar-up'}`}
                style={contribution < 0 ? { right: '50%', width } : { left: '50%', width }}
              />
            </span>
            <span className="text-right font-mono tabular-nums">
              {contribution < 0 ? '−' : '+'}
              {Math.abs(contribution).toFixed(3)}
            </span>
          </li>
        )
      })}
    </ul>
  )
}
