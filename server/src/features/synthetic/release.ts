import type { Publish } from '../../domain/platform-event.js'
import type { Ingest } from '../ingest/index.js'
import type { HeldStore } from './held-store.js'
import type { RunStore } from './run-store.js'

/** Gives events back to attackers that were kept apart and turned out to be theirs. */
export interface Release {
  /** Ends the wait for attacks whose time is over, and stores what they did not prove. @returns events that were given back. */
  run(): Promise<number>
}

export interface ReleaseOptions {
  runs: Pick<RunStore, 'closeExpired'>
  held: HeldStore
  ingest: Pick<Ingest, 'restore'>
  now: () => number
  publish: Publish
}

/** Events that are given back at once. */
const BATCH = 500
/** Of one run: others have their turn. */
const MAX_BATCHES = 20

/**
 * They are stored as those of attackers first and removed afterwards, so that nothing is lost whenever this process ends: what is
 * stored already is recognized by the ids of the events.
 */
export function createRelease({ runs, held, ingest, now, publish }: ReleaseOptions): Release {
  return {
    async run() {
      await runs.closeExpired(new Date(now()))
      let given = 0
      for (let batch = 0; batch < MAX_BATCHES; batch += 1) {
        const events = await held.unproven(BATCH)
        if (events.length === 0) return given
        const outcomes = await ingest.restore(events)
        for (const outcome of outcomes) {
          if (outcome.status === 'quarantined') continue
          for (const { source_ip, sensor_id, event_type, session_id } of outcome.new_events)
            publish({
              kind: 'event_ingested',
              request_id: '',
              source_ip,
              sensor_id,
              event_type,
              session_id,
              threat_score: outcome.threat_score,
              threat_level: outcome.threat_level,
              duration_ms: 0,
            })
        }
        await held.givenBack(events.map(({ id }) => id))
        given += events.length
      }
      return given
    },
  }
}
