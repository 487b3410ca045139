import type { SourceOfEvidence } from '../../domain/evidence-origin.js'
import { sessionId } from '../../domain/identity.js'
import { canonicalIp } from '../../domain/ip-address.js'
import type { Markers } from '../../domain/synthetic-marker.js'
import { UndecidedEvidenceError } from '../../platform/errors.js'
import type { Logger } from '../../platform/logger.js'
import { createPoller, type Poller } from '../../platform/poller.js'
import type { SyntheticRuns } from '../ingest/index.js'
import type { EvidenceSourceStore } from './evidence-source-store.js'
import type { RunStore } from './run-store.js'

/** What this process knows of attacks of the platform, for ingest. */
export interface ExpectedRuns extends SyntheticRuns {
  sourceOfEvidence: SourceOfEvidence
  /** Something changed: reads anew. */
  wake(): void
  /** Resolves once it was read for the first time. */
  start(): Promise<void>
  stop(): Promise<void>
}

export interface ExpectedRunsOptions {
  store: Pick<RunStore, 'expected'>
  evidence: EvidenceSourceStore
  markers: Markers
  log: Logger
  now: () => number
}

/** Attacks begin later than this after they are stored, so that every process knows of them; see runner.ts. */
const POLL_MS = 1_000
/** A session of an attack may have further events for so long; what comes later is an attacker's. */
const FURTHER_EVENTS_MS = 3_600_000

/**
 * Follows which attacks are expected. While none is, an event costs two look-ups in empty sets; what is expected is decided by what the
 * store says, and these sets only say whether it is worth asking.
 */
export function createExpectedRuns({
  store,
  evidence,
  markers,
  log,
  now,
}: ExpectedRunsOptions): ExpectedRuns {
  let sensors: ReadonlySet<string> = new Set()
  let sessions: ReadonlySet<string> = new Set()
  let attacked: ReadonlyMap<string, readonly string[]> = new Map()
  let poller: Poller | null = null

  async function read(): Promise<void> {
    const at = now()
    const expected = await store.expected(new Date(at), new Date(at - FURTHER_EVENTS_MS))
    sensors = new Set(expected.sensors)
    sessions = new Set(expected.sessions)
    const addresses = new Map<string, string[]>()
    for (const { sensor_id, source_ip } of expected.attacked)
      addresses.set(sensor_id, [...(addresses.get(sensor_id) ?? []), source_ip])
    attacked = addresses
  }

  return {
    concerned(events) {
      if (sensors.size === 0 && sessions.size === 0) return []
      return events.filter(({ sensor_id, session_id }) => sensors.has(sensor_id) || sessions.has(session_id))
    },
    proves: markers.isIn,
    async sourceOfEvidence({ sensor_id, session, source_ip }) {
      const from = source_ip === undefined ? undefined : canonicalIp(source_ip)
      const addresses = (attacked.get(sensor_id) ?? []).filter(
        (address) => from === undefined || address === from,
      )
      // Nearly always. Evidence without a session is of nobody's.
      if (addresses.length === 0 || session === '') return 'attacker'
      const ids = addresses.map((address) => sessionId(sensor_id, session, address))
      const source = await evidence.sourceOf(sensor_id, ids, addresses, new Date(now()))
      if (source === 'undecided') throw new UndecidedEvidenceError()
      return source
    },
    wake: () => poller?.wake(),
    async start() {
      await read()
      poller ??= createPoller({
        work: read,
        pauseMs: POLL_MS,
        onError: (error) =>
          log.warning('Expected synthetic attacks cannot be read; trying again', {
            cause: (error as Error).message,
          }),
      })
    },
    async stop() {
      await poller?.stop()
    },
  }
}
