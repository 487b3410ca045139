import type { QuarantineReplay, QuarantineReplayResult } from '@eviltwin/contract'
import type { Ingest } from './ingest.js'
import type { QuarantineStore } from './quarantine-store.js'
import { type ReadLimits, type ReadRecord, readRecords } from './read-records.js'

export interface Quarantine {
  list: QuarantineStore['list']
  /** Sends quarantined records through the pipeline once more; those that become events leave the quarantine. */
  replay(which: QuarantineReplay, request_id: string): Promise<QuarantineReplayResult>
}

const BATCH = 200
const NIL = '00000000-0000-0000-0000-000000000000'

export function createQuarantine(store: QuarantineStore, ingest: Ingest, limits: ReadLimits): Quarantine {
  return {
    list: store.list,
    async replay({ ids, reason }, request_id) {
      const result: QuarantineReplayResult = { replayed: 0, still_quarantined: 0 }
      let after = NIL
      for (;;) {
        const bodies = await store.bodies({ ...(ids && { ids }), ...(reason && { reason }) }, BATCH, after)
        const done: string[] = []
        for (const { id, key_sensor_id, body } of bodies) {
          const record = readAgain(body)
          // A record that cannot even be read is not sent again: it would only be counted once more.
          const [outcome] = record
            ? await ingest.submit({
                request_id,
                records: [record],
                ...(key_sensor_id !== null && { key_sensor_id }),
              })
            : []
          if (outcome && outcome.status !== 'quarantined') result.replayed += 1
          else result.still_quarantined += 1
          // Refused again under another id (its bytes are read otherwise than then): that row replaces this one.
          if (outcome && !(outcome.status === 'quarantined' && outcome.quarantine_id === id)) done.push(id)
        }
        if (done.length > 0) await store.remove(done)
        const last = bodies.at(-1)
        if (!last || bodies.length < BATCH) return result
        after = last.id
      }
    },
  }

  function readAgain(body: Buffer): ReadRecord | null {
    try {
      const [record] = readRecords(body, true, limits).records
      return record && !('rejection' in record) ? record : null
    } catch {
      return null
    }
  }
}
