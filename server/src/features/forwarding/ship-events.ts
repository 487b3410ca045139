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
/** Sends the events behind the cursor; it moves once a batch is acknowledged. */
export async function shipEvents({
  send,
  events,
  isLeader,
  publish,
  now,
}: EventShippingOptions): Promise<void> {
  while (isLeader()) {
    const { events: batch, position } = await events.next(CURSOR, new Date(now()), BATCH_EVENTS)
    if (batch.length > 0) await send(batch.map((event) => JSON.stringify(envelopeOf(event))))
    await events.advance(CURSOR, position)
    if (batch.length === 0) return
    publish({ kind: 'items_forwarded', what: 'events', outcome: 'shipped', count: batch.length })
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
