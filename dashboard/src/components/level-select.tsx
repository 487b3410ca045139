import type { ThreatLevel } from '@eviltwin/contract'
import { LEVELS } from './level'

/** A filter by level: at least one, exactly one, or none. */
export interface LevelFilter {
  threat_level?: ThreatLevel | undefined
  level?: ThreatLevel | undefined
}

const NONE: LevelFilter = { threat_level: undefined, level: undefined }

/** Chooses the least level that is shown, or the only one. */
export function LevelSelect({
  value: { threat_level, level },
  onChange,
}: {
  value: LevelFilter
  onChange: (filter: LevelFilter) => void
}) {
  return (
    <label className="field">
      Level
      <select
        className="input"
        value={level ? `level ${level}` : threat_level ? `threat_level ${threat_level}` : ''}
        onChange={(event) => {
          const [name, chosen] = event.target.value.split(' ')
          onChange(name ? { ...NONE, [name]: chosen } : NONE)
        }}
      >
        <option value="">any</option>
        {LEVELS.map((least) => (
          <option key={least} value={`threat_level ${least}`}>
            at least {least}
          </option>
        ))}
        {LEVELS.map((exact) => (
          <option key={exact} value={`level ${exact}`}>
            only {exact}
          </option>
        ))}
      </select>
    </label>
  )
}
