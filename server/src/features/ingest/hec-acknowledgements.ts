import type { FastifyRequest } from 'fastify'
import { LRUCache } from 'lru-cache'
import { validate as isUuid } from 'uuid'
import { HecRefusal } from './hec-answers.js'

/**
 * Ids of acknowledgements, counted from 0 in every channel, once for all processes of a server. What has an id is durable. Plain values
 * in and out.
 */
export interface HecAcknowledgements {
  /** The next id of a channel, for what has just become durable. @param channel as {@link channelKey} names it. */
  issueAcknowledgement(channel: string): number
  /** Ids below this one were issued in the channel. */
  acknowledgedBelow(channel: string): number
}

/** Channels whose acknowledgements are remembered; a client of a forgotten one sends again, which does no harm. */
const MAX_CHANNELS = 10_000

/** Ids of at most 10,000 channels; those used last are kept. */
export function createHecAcknowledgements(): HecAcknowledgements {
  const issued = new LRUCache<string, number>({ max: MAX_CHANNELS })
  return {
    issueAcknowledgement(channel) {
      const id = issued.get(channel) ?? 0
      issued.set(channel, id + 1)
      return id
    },
    acknowledgedBelow: (channel) => issued.get(channel) ?? 0,
  }
}

/** The channel that a request names; null where it names none. @throws {HecRefusal} for one that is no GUID. */
export function channelOf({ headers, query }: FastifyRequest): string | null {
  const named = headers['x-splunk-request-channel'] ?? (query as { channel?: unknown }).channel
  if (named === undefined || named === '') return null
  if (typeof named !== 'string' || !isUuid(named)) throw new HecRefusal('invalidChannel')
  return named.toLowerCase()
}

/** A channel belongs to its key: nobody asks for the acknowledgements of others. */
export function channelKey({ apiKey }: FastifyRequest, channel: string): string {
  return `${apiKey?.id ?? ''} ${channel}`
}
