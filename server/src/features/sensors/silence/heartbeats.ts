import type { Publish } from '../../../domain/platform-event.js'
import type { HeartbeatStore, ReceivedHeartbeat } from './heartbeat-store.js'

/** Keeps the newest heartbeat of each sender in memory until it is written, a few seconds later. */
export interface Heartbeats {
  /** @returns false where as many wait as may, of its key or of all. */
  note(heartbeat: ReceivedHeartbeat): boolean
  /** Writes what was noted. @throws {Error} when it cannot be written; it is kept. */
  flush(): Promise<void>
  /** Senders whose heartbeat waits. */
  waiting(): number
}

export const MAX_WAITING = { ofKey: 1_000, ofAll: 10_000 } as const
/** Rows of one statement. */
const AT_ONCE = 1_000

export function createHeartbeats(store: HeartbeatStore, publish: Publish): Heartbeats {
  const waiting = new Map<string, ReceivedHeartbeat>()
  const ofKeys = new Map<string | null, number>()

  function note(heartbeat: ReceivedHeartbeat): boolean {
    const { sensor_id, key_id, instance_id } = heartbeat
    const sender = `${instance_id ?? key_id ?? ''} ${sensor_id}`
    const before = waiting.get(sender)
    const ofKey = ofKeys.get(key_id) ?? 0
    if (before === undefined && (ofKey >= MAX_WAITING.ofKey || waiting.size >= MAX_WAITING.ofAll))
      return false
    if (before !== undefined && before.received_at > heartbeat.received_at) return true
    if (before === undefined) ofKeys.set(key_id, ofKey + 1)
    waiting.set(sender, heartbeat)
    return true
  }

  async function write(heartbeats: readonly ReceivedHeartbeat[]): Promise<void> {
    // Of two hosts with one name the newer heartbeat is that of the sensor; both are senders.
    const newest = new Map(
      heartbeats
        .toSorted((a, b) => a.received_at.getTime() - b.received_at.getTime())
        .map((heartbeat) => [heartbeat.sensor_id, heartbeat]),
    )
    const kept = await store.add([...newest.values()])
    publish({ kind: 'sensor_heartbeats_processed', outcome: 'stored', count: kept })
    publish({ kind: 'sensor_heartbeats_processed', outcome: 'dropped', count: newest.size - kept })
    const instances = heartbeats.filter(({ instance_id }) => instance_id !== null)
    if (instances.length > 0) await store.noteInstances(instances)
  }

  return {
    note,
    waiting: () => waiting.size,
    async flush() {
      const heartbeats = [...waiting.values()]
      waiting.clear()
      ofKeys.clear()
      for (let from = 0; from < heartbeats.length; from += AT_ONCE)
        await write(heartbeats.slice(from, from + AT_ONCE)).catch((error: unknown) => {
          // What came meanwhile is newer, and stays.
          for (const heartbeat of heartbeats.slice(from)) note(heartbeat)
          throw error
        })
    },
  }
}
