import type { Event } from '@eviltwin/contract'
import type { Publish } from '../../domain/platform-event.js'
import type { HecClient } from './hec-client.js'
import type { ForwardStore } from './store.js'

export interface EventShippingOptions {
  send: HecClient
  events: ForwardStore
  isLeader: () => boolean
  publish: Publish
  /** Milliseconds since the epoch. */
  now: () => number
}

const BATCH_EVENTS = 500
const CURSOR = 'splunk-hec'
/**
 * Events are read this long after their receipt: by then every commit under way has ended, so nothing appears behind the
 * cursor. Longer than a statement of the ingest may take.
 */
const SETTLED_MS = 35_000

/** Sends the settled events behind the cursor, oldest first; the cursor moves once a batch is acknowledged. */
export async function shipEvents({
  send,
  events,
  isLeader,
  publish,
  now,
}: EventShippingOptions): Promise<void> {
  while (isLeader()) {
    const batch = await events.after(CURSOR, new Date(now() - SETTLED_MS), BATCH_EVENTS)
    const last = batch.at(-1)
    if (!last) return
    await send(batch.map((event) => JSON.stringify(envelopeOf(event))))
    await events.advance(CURSOR, last)
    publish({ kind: 'items_forwarded', what: 'events', outcome: 'shipped', count: batch.length })
    if (batch.length < BATCH_EVENTS) return
  }
}

function envelopeOf(event: Event): object {
  return {
    time: Date.parse(event.occurred_at) / 1000,
    host: event.sensor_id,
    source: 'eviltwin',
    sourcetype: 'eviltwin:event',
    event,
  }
}
