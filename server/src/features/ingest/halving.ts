import { isUnacceptableData } from '../../platform/postgres/sqlstate.js'
import { quarantineEvents } from './prepare.js'
import type { RecordOutcome } from './record-outcome.js'
import type { Write } from './write-group.js'

/** Makes a group of writes durable; resolves with the outcomes of its records, write by write. */
export type CommitGroup = (writes: Write[]) => Promise<RecordOutcome[][]>

/** Commits a group; data that the database will never accept is found by halving, and goes to the quarantine. */
export function halvingUnacceptable(commit: CommitGroup): CommitGroup {
  return commitGroup

  async function commitGroup(writes: Write[]): Promise<RecordOutcome[][]> {
    try {
      return await commit(writes)
    } catch (error) {
      if (!isUnacceptableData(error)) throw error
      const [first] = writes
      if (writes.length > 1 || !first) {
        const middle = writes.length >> 1
        return [...(await commitGroup(writes.slice(0, middle))), ...(await commitGroup(writes.slice(middle)))]
      }
      if (first.records.length > 1) {
        const middle = first.records.length >> 1
        const halves = [first.records.slice(0, middle), first.records.slice(middle)]
        const outcomes: RecordOutcome[] = []
        for (const records of halves) outcomes.push(...(await commitGroup([{ ...first, records }])).flat())
        return [outcomes]
      }
      const [record] = first.records
      if (!record || 'row' in record) throw error
      return commit([{ ...first, records: [{ row: quarantineEvents(record.events, error, first.key_id) }] }])
    }
  }
}
