import type { SyntheticRun } from '@eviltwin/contract'
import type { Publish } from '../../domain/platform-event.js'
import type { Logger } from '../../platform/logger.js'
import { judge, needsRaising } from './judgement.js'
import { isOwnKind } from './own-kinds.js'
import type { RaisingStore } from './raising-store.js'
import type { RunStore } from './run-store.js'

/** Says what became of attacks. */
export interface Verdicts {
  /** Raises the alerts that no score raises, and judges what is over. */
  reach(): Promise<void>
}

export interface VerdictOptions {
  runs: Pick<RunStore, 'unjudged' | 'judge'>
  raising: RaisingStore
  log: Logger
  now: () => number
  publish: Publish
}

export function createVerdicts({ runs, raising, log, now, publish }: VerdictOptions): Verdicts {
  return {
    async reach() {
      for (const run of await runs.unjudged()) {
        const at = now()
        if (needsRaising(run, at) && (await raising.raise(run.id)))
          publish({ kind: 'escalations_stored', count: 1 })
        const verdict = judge(run, at)
        if (!verdict || !(await runs.judge(run.id, verdict, new Date(at)))) continue
        announce(run, verdict.detected, publish)
        if (verdict.failure !== null)
          log.warning('Synthetic attack not detected to the end', {
            run_id: run.id,
            sensor_id: run.sensor_id,
            failure: verdict.failure,
          })
      }
    },
  }
}

function announce(run: SyntheticRun, detected: boolean, publish: Publish): void {
  const { kind, sensor_id, received_at } = run
  // A decoy that nobody else visits is there all the same.
  if (received_at !== null && !isOwnKind(kind))
    publish({ kind: 'sensor_pinged', sensor_id, key_id: null, software: 'synthetic attack', sent_at: null })
  publish({ kind: 'synthetic_attack_judged', way: kind, detected, seconds: detectionSeconds(run) })
}

/** From the attack to its alert; null without one, and where the alert waited for the end of the window. */
function detectionSeconds({ attacked_at, alerted_at, alerted_by }: SyntheticRun): number | null {
  if (attacked_at === null || alerted_at === null || alerted_by === 'rule') return null
  return Math.max(0, Date.parse(alerted_at) - Date.parse(attacked_at)) / 1000
}
