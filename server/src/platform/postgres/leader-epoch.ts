import type { Queryable } from './database.js'

/** Another process has become the leader since: what this one decided as the leader may not be written any more. */
export class StaleLeaderError extends Error {
  override name = 'StaleLeaderError'
}

/**
 * Makes a transaction of the leader one that a later leader waits for, and refuses it when there is one already (a fencing token:
 * M. Kleppmann, "How to do distributed locking", 2016). The row stays locked until the transaction ends.
 * @param epoch taken when this process became the leader. @throws {StaleLeaderError}
 */
export async function requireEpoch(client: Queryable, epoch: number): Promise<void> {
  const [row] = await client.query<{ epoch: number }>({
    text: 'SELECT epoch::float8 AS epoch FROM leader_epoch FOR NO KEY UPDATE',
  })
  if (row?.epoch !== epoch) {
    throw new StaleLeaderError(`epoch ${epoch} is over, the leader has epoch ${row?.epoch}`)
  }
}
