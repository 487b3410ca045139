import { v7 as uuidV7 } from 'uuid'
import type { EventOf, Publish } from '../../../domain/platform-event.js'
import type { RequestIds } from '../../../domain/request-ids.js'
import { joinTrace, traceOf } from '../../../platform/telemetry/trace-context.js'
import { createUnderWay } from '../../../platform/under-way.js'
import type { CanaryIntake } from '../canary-intake.js'
import { isForeign } from '../kinds.js'
import { MAX_SHOWN_CHARACTERS } from '../request-header.js'
import type { CanaryTokens } from '../tokens.js'
import type { Visit } from '../visit.js'
import type { Lookup } from './server.js'

export interface LookupsOptions {
  tokens: Pick<CanaryTokens, 'recognise'>
  intake: Pick<CanaryIntake, 'hit'>
  publish: Publish
}

/** Makes visits of lookups of tokens' names. */
export interface Lookups {
  add(lookup: Lookup): void
  /** How many are being recorded. */
  waiting(): number
  /** Resolves once nothing waits. */
  settle(): Promise<void>
}

/** Lookups that are being recorded; further ones are counted as failed. Their answers do not wait, so nothing else limits them. */
const MAX_WAITING = 64
/** Names of common types (IANA "Domain Name System Parameters"). */
const TYPE_NAMES: Readonly<Record<number, string>> = {
  1: 'A',
  2: 'NS',
  5: 'CNAME',
  6: 'SOA',
  12: 'PTR',
  15: 'MX',
  16: 'TXT',
  28: 'AAAA',
  33: 'SRV',
  65: 'HTTPS',
}

export function createLookups({ tokens, intake, publish }: LookupsOptions): Lookups {
  const recording = createUnderWay()

  function publishFailure(
    { source_ip: client_ip }: Lookup,
    { traceparent, ...ids }: RequestIds,
    { reason, cause }: { reason: string; cause: string },
  ): void {
    publish({ kind: 'canary_visit_failed', ...ids, ...traceOf(traceparent), client_ip, reason, cause })
  }

  async function outcomeOf(lookup: Lookup): Promise<EventOf<'canary_dns_lookup'>['outcome']> {
    const ids = newIds()
    try {
      // The token is the label before the zone; labels before it are what the intruder's program added.
      const token = await tokens.recognise((lookup.labels.at(-1) ?? '').toLowerCase())
      if (!token || isForeign(token.kind)) return 'unknown'
      return await intake.hit(token, visitOf(lookup), ids)
    } catch (error) {
      const { name: reason, message: cause } = error as Error
      publishFailure(lookup, ids, { reason, cause })
      return 'failed'
    }
  }

  async function record(lookup: Lookup): Promise<void> {
    publish({ kind: 'canary_dns_lookup', outcome: await outcomeOf(lookup) })
  }

  return {
    add(lookup) {
      if (recording.count() >= MAX_WAITING) {
        publish({ kind: 'canary_dns_lookup', outcome: 'full' })
        const cause = `${MAX_WAITING} lookups are being recorded`
        publishFailure(lookup, newIds(), { reason: 'TooManyLookups', cause })
        return
      }
      recording.add(record(lookup))
    },
    waiting: recording.count,
    settle: recording.settled,
  }
}

/** What its event and its lines in the log are found by. */
function newIds(): RequestIds {
  return { request_id: uuidV7().slice(-8), traceparent: joinTrace(undefined).traceparent }
}

function visitOf({ labels, type, source_ip, source_port, client_subnet }: Lookup): Visit {
  const subnet = client_subnet === null ? '' : `; client subnet ${client_subnet}`
  return {
    protocol: 'dns',
    source_ip,
    source_port,
    method: TYPE_NAMES[type] ?? `TYPE${type}`,
    path: labels.slice(0, -1).join('.').slice(0, MAX_SHOWN_CHARACTERS),
    user_agent: undefined,
    referer: undefined,
    accept_language: undefined,
    username: undefined,
    password: undefined,
    client_subnet: client_subnet ?? undefined,
    detail: `lookup by a resolver${subnet}`,
  }
}
