import { millisecondsOf, timestampOf } from '../../../domain/timestamp.js'
import { judge, type PlatformTime, type StoredState } from './judgement.js'
import { MAX_JUDGED, PAGE, type SensorLook, type SensorStateStore, type StoredClock } from './state-store.js'

/** Judges every sensor, once a minute, on the replica that leads. */
export interface SensorWatch {
  /** One look at all sensors. @throws {Error} when it cannot be written; it is then as if it had not been. */
  look(): Promise<void>
}

export interface SensorWatchOptions {
  store: Pick<SensorStateStore, 'look'>
  /** Milliseconds since the epoch, by the clock that all replicas share. */
  now: () => number
  /** Why nothing can be stored right now, if so: nobody is silent then. */
  storageProblem: () => string | null
}

/** Looks further apart than that mean that no server ran, none led, or the database was away. */
const LONGEST_PAUSE_SECONDS = 150

export function createSensorWatch({ store, now, storageProblem }: SensorWatchOptions): SensorWatch {
  return {
    look: () =>
      store.look(async (look) => {
        const at = now()
        const stored = await look.clock()
        if (stored !== null && at <= millisecondsOf(stored.looked_at)) return
        const time = advance(stored, at, storageProblem() !== null)
        await look.setClock({
          looked_at: timestampOf(at),
          seconds: time.seconds,
          resumed_at_seconds: time.resumedAtSeconds,
        })
        await look.addNew(new Date(at), time.seconds)
        await look.noteKeys(new Date(at))
        await judgeAll(look, time, await look.duplicates(new Date(at)))
      }),
  }
}

/** The platform's own time goes on by the time since the last look, unless nothing could be received meanwhile. Pure. */
export function advance(stored: StoredClock | null, at: number, isPaused: boolean): PlatformTime {
  if (stored === null) return { at, seconds: 0, resumedAtSeconds: 0 }
  const { seconds, resumed_at_seconds, looked_at } = stored
  const passed = (at - millisecondsOf(looked_at)) / 1000
  if (isPaused || passed > LONGEST_PAUSE_SECONDS) return { at, seconds, resumedAtSeconds: seconds }
  return { at, seconds: seconds + passed, resumedAtSeconds: resumed_at_seconds }
}

/** A look leaves the arrays as they are where nothing was received. */
function isChanged(judged: StoredState, stored: StoredState): boolean {
  return (Object.keys(judged) as Array<keyof StoredState>).some((name) => judged[name] !== stored[name])
}

async function judgeAll(
  look: SensorLook,
  time: PlatformTime,
  duplicates: ReadonlySet<string>,
): Promise<void> {
  let after = ''
  for (let pages = 0; pages < MAX_JUDGED / PAGE; pages += 1) {
    const found = await look.page(after)
    const changed: StoredState[] = []
    for (const { stored, ...facts } of found) {
      const judged = judge({ ...facts, duplicate: duplicates.has(stored.sensor_id) }, stored, time)
      if (isChanged(judged, stored)) changed.push(judged)
    }
    await look.save(changed)
    after = found.at(-1)?.stored.sensor_id ?? after
    if (found.length < PAGE) return
  }
}
