import type { Drift, ScoringStatus } from '@eviltwin/contract'

/** Which scorer is active, what it was trained on, and whether recent sessions still resemble the training data. */
export function ScoringSummary({ status }: { status: ScoringStatus }) {
  const { scorer, model_loaded, trained_on, drift } = status
  return (
    <div className="grid gap-2 text-sm">
      <p>
        <span className="font-mono">{scorer}</span>{' '}
        {model_loaded ? (
          <span className="text-good">✓ model loaded</span>
        ) : (
          <span className="text-warn">⚠ scoring by rules: the model cannot be loaded</span>
        )}
        {trained_on &&
          `, trained on ${trained_on.sessions.toLocaleString('en')} sessions and ${trained_on.labelled} labelled`}
      </p>
      {drift ? (
        <DriftSummary drift={drift} />
      ) : (
        <p className="text-muted">Drift is measured when there are at least 100 sessions a day.</p>
      )}
    </div>
  )
}

const FEATURES_SHOWN = 8

function DriftSummary({ drift }: { drift: Drift }) {
  return (
    <>
      <p>
        {drift.verdict === 'stable' ? '✓' : '⚠'} {drift.verdict}: recent sessions versus those of training,
        levels {drift.level_psi.toFixed(3)}
      </p>
      <ul className="grid gap-x-4 sm:grid-cols-2">
        {drift.features.slice(0, FEATURES_SHOWN).map(({ name, description, psi }) => (
          <li key={name} className="flex justify-between gap-2">
            <span className="truncate">{description}</span>
            <span className="tabular-nums">{psi.toFixed(3)}</span>
          </li>
        ))}
      </ul>
    </>
  )
}
