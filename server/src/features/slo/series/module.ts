import { v7 as uuidV7 } from 'uuid'
import type { Module, ModuleContext } from '../../../platform/runtime/module.js'
import { loadObjectives } from '../load-objectives.js'
import type { Objective } from '../objective.js'
import { createSignalStore, type SignalStore } from '../store.js'
import { createSignalRecorder, type SignalRecorder } from './recorder.js'
import { seriesHandlers } from './series-handlers.js'

/** What this process counts of itself. Created before whatever is counted, so that it stops after it. */
export interface SeriesModule extends Module {
  objectives: readonly Objective[]
  recorder: SignalRecorder
  /** Of this process among those on the same database. */
  recorderId: string
  /** Series for background work, whose statements may take longer than a request's. */
  store: SignalStore
}

/** @throws {OpenSloError} */
export async function createSeriesModule({
  config,
  database,
  events,
  now,
}: Pick<ModuleContext, 'config' | 'database' | 'events' | 'now'>): Promise<SeriesModule> {
  const objectives = await loadObjectives(config.SLO_DIR)
  const store = createSignalStore(database.maintenance)
  const recorderId = uuidV7()
  const recorder = createSignalRecorder({ store, recorderId, now })
  if (config.INSTRUMENTATION) events.subscribe(seriesHandlers(recorder, objectives))
  return {
    objectives,
    recorder,
    recorderId,
    store,
    async stop() {
      // What cannot be written any more shows as a gap.
      await recorder.flush().catch(() => {})
    },
  }
}
