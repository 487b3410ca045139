import type { Objective } from '../slo/index.js'
import { burnWindows, durationText } from '../slo/index.js'
import type { OpsRule } from './rules.js'

/** The multi-window, multi-burn-rate alerts of the objectives, as rules beside those of the file. */
export function burnRules(objectives: readonly Objective[]): OpsRule[] {
  return objectives.flatMap(({ id, name, target, windowMinutes, maximumSeverity }) =>
    burnWindows(windowMinutes, target, maximumSeverity).map(
      ({ id: windowId, longMinutes, shortMinutes, factor, severity }, window) => {
        const [long, short] = [durationText(longMinutes), durationText(shortMinutes)]
        return {
          id: `slo-${id}-${windowId}`,
          name: `SLO burn: ${name} (${windowId.replace('-', ', ')})`,
          severity,
          description: `The error budget of ${name} burns more than ${factor} times its pace over ${long} and ${short}.`,
          signal: { kind: 'burn_rate' as const, objective: id, window },
          above: 0,
          for: 0,
          keep_firing_for: 60,
          inhibited_by: ['database-unreachable'],
        }
      },
    ),
  )
}
