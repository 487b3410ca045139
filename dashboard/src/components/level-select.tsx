import type { ThreatLevel } from '@eviltwin/contract'
import { LEVELS } from './level'

/** Chooses the least level that is shown. */
export function LevelSelect({
  value,
  onChange,
}: {
  value: ThreatLevel | undefined
  onChange: (level: ThreatLevel | undefined) => void
}) {
  return (
    <label className="field">
      At least
      <select
        className="input"
        value={value ?? ''}
        onChange={(event) => onChange((event.target.value || undefined) as ThreatLevel | undefined)}
      >
        <option value="">any level</option>
        {LEVELS.map((level) => (
          <option key={level}>{level}</option>
        ))}
      </select>
    </label>
  )
}
