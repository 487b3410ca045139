import type { SyntheticTarget } from '@eviltwin/contract'
import { createMarkers } from '../../domain/synthetic-marker.js'
import { createAddressGuard } from '../../platform/outbound/address-guard.js'
import { createPoller, oncePerMinute, type Poller } from '../../platform/poller.js'
import type { Module, ModuleContext } from '../../platform/runtime/module.js'
import { VERSION } from '../../platform/version.js'
import { isSpokesman } from '../../platform/workers/place.js'
import type { ApiKeys } from '../auth/index.js'
import type { Ingest } from '../ingest/index.js'
import { startAttacking } from './attacking.js'
import { createAttackClients } from './attacks/clients.js'
import { coverageOf, type JudgedSensor } from './coverage.js'
import { createEvidenceSourceStore } from './evidence-source-store.js'
import { createExpectedRuns, type ExpectedRuns } from './expected-runs.js'
import { createFeedObserver } from './feed-observer.js'
import { createHeldStore } from './held-store.js'
import { createMarkerStore, type MarkerStore } from './marker-store.js'
import { createMarkersSeen } from './markers-seen.js'
import { createOwnWays, type OwnWays } from './own-ways.js'
import { createRaisingStore } from './raising-store.js'
import { createRelease, type Release } from './release.js'
import { syntheticRoutes } from './routes.js'
import { createRunStore, type RunStore, SYNTHETIC_CHANNEL } from './run-store.js'
import { createRunner } from './runner.js'
import { createDecoyTargets, type DecoysOfServer, type DecoyTargets } from './started-decoys.js'
import { createTargetStore, type TargetStore } from './target-store.js'
import { createTargets } from './targets.js'
import { createVerdicts } from './verdicts.js'

/** Attacks of the platform on its own sensors. */
export interface SyntheticModule extends Module {
  /** Attacks from now on, with SYNTHETIC_ATTACKS. @param url where this server listens, without a final slash. */
  begin(url: string): Promise<void>
  /** Takes which decoys this server started, and where they listen; each call replaces the one before. */
  noteDecoys(decoys: DecoysOfServer): void
  /** Ends the attacks; comes before the server stops listening. */
  end(): Promise<void>
  /** Why nothing is attacked now, in words for people; null: attacks are made. */
  idleBecause(): Promise<string | null>
  /** Markers since a time that were forged, used again, or of another sensor or address; milliseconds since the epoch. */
  forgedMarkers: MarkerStore['forgedSince']
}

export interface SyntheticModuleOptions
  extends Pick<
    ModuleContext,
    'config' | 'database' | 'events' | 'isLeader' | 'listener' | 'log' | 'now' | 'place'
  > {
  expected: ExpectedRuns
  ingest: Ingest
  apiKeys: Pick<ApiKeys, 'adoptBound' | 'identify' | 'isRevoked'>
  issueTicket: () => Promise<string>
  /** Sensors whose silence is an operational alert. */
  expectedSensors: () => Promise<JudgedSensor[]>
}

const TICK_MS = 1_000
/** Attacks are remembered for so long. */
const KEPT_MS = 30 * 86_400_000
/** An attack that a sensor reported proves it for so long, unless it did not report a later one. */
const PROVEN_MS = 10 * 60_000

/** What ingest has to know of attacks; made before ingest. */
export function openExpectedRuns({
  config,
  database,
  listener,
  log,
  now,
}: Pick<ModuleContext, 'config' | 'database' | 'listener' | 'log' | 'now'>): ExpectedRuns {
  const expected = createExpectedRuns({
    store: createRunStore(database.alerts),
    evidence: createEvidenceSourceStore(database.app),
    markers: createMarkers(config.SECRET_KEY),
    log: log.logging('backend.synthetic'),
    now,
  })
  listener.on(SYNTHETIC_CHANNEL, expected.wake)
  return expected
}

/** What attacks and what tidies up after them share. */
interface Parts {
  runs: RunStore
  targets: TargetStore
  ways: OwnWays
  decoys: DecoyTargets
  guard: ReturnType<typeof createAddressGuard>
  tryAgain: (what: string) => (error: unknown) => void
}

export function createSyntheticModule(options: SyntheticModuleOptions): SyntheticModule {
  const { config, database, events, expected, now } = options
  const parts = createParts(options)
  const { runs, ways, decoys } = parts
  const markers = createMarkerStore(database.maintenance)
  const isOn = config.SYNTHETIC_ATTACKS === 'on'
  const seen = createMarkersSeen(markers, now, events.publish)
  const release = createRelease({
    runs,
    held: createHeldStore(database.maintenance),
    ingest: options.ingest,
    now,
    publish: events.publish,
  })
  let pollers: Poller[] = []
  let attacking: { stop(): Promise<void> } | null = null
  events.subscribe({
    synthetic_marker_ignored: seen.note,
    synthetic_alert_acknowledged: ({ alert_id }) =>
      void runs
        .acknowledged(alert_id, new Date(now()))
        .catch(parts.tryAgain('The acknowledgement of an own alert cannot be written')),
  })
  return {
    async routes(app) {
      await app.register(syntheticRoutes, {
        targets: createTargets({ store: parts.targets, guard: parts.guard, ways, now }),
        runs,
        markers,
        keyState: ways.keyState,
        isOn,
        pausedBecause: async () => (isOn ? pausedBecause(runs) : null),
      })
    },
    async start() {
      await expected.start()
      pollers = startPollers(options, parts, { seen, release })
    },
    async begin(url) {
      if (isOn) attacking = attack(options, parts, url)
    },
    idleBecause: async () =>
      isOn ? pausedBecause(runs) : 'Synthetic attacks are off: start the server with SYNTHETIC_ATTACKS=on.',
    noteDecoys: decoys.note,
    async end() {
      await attacking?.stop()
      attacking = null
    },
    forgedMarkers: markers.forgedSince,
    async stop() {
      await Promise.all([...pollers.map((poller) => poller.stop()), expected.stop()])
    },
  }
}

function createParts({ config, database, apiKeys, log, now }: SyntheticModuleOptions): Parts {
  const targets = createTargetStore(database.app)
  const intervalSeconds = config.SYNTHETIC_INTERVAL_SECONDS
  const own = log.logging('backend.synthetic')
  return {
    runs: createRunStore(database.alerts),
    targets,
    ways: createOwnWays({ secretKey: config.SECRET_KEY, apiKeys, targets, intervalSeconds, now }),
    decoys: createDecoyTargets({ targets, intervalSeconds, now }),
    guard: createAddressGuard(config.OUTBOUND_ALLOWED_NETWORKS),
    tryAgain: (what) => (error) => own.warning(`${what}; trying again`, { cause: (error as Error).message }),
  }
}

/** What goes on whether attacks are on or not: what was kept apart before is given back. */
function startPollers(
  { isLeader, events, expectedSensors, now }: SyntheticModuleOptions,
  { runs, tryAgain }: Parts,
  { seen, release }: { seen: ReturnType<typeof createMarkersSeen>; release: Release },
): Poller[] {
  const everyMinute = oncePerMinute(now, async () => {
    const proven = await runs.provenSince(new Date(now() - PROVEN_MS))
    const coverage = coverageOf(await expectedSensors(), new Set(proven))
    if (coverage.expected > 0) events.publish({ kind: 'sensors_covered', ...coverage })
    await runs.forgetBefore(new Date(now() - KEPT_MS))
  })
  return [
    createPoller({
      async work() {
        await seen.flush()
        if (isLeader()) await release.run()
      },
      pauseMs: TICK_MS,
      onError: tryAgain('Synthetic attacks cannot be tidied'),
    }),
    createPoller({
      async work() {
        if (isLeader()) await everyMinute()
      },
      pauseMs: TICK_MS,
      onError: tryAgain('The coverage of sensors cannot be counted'),
    }),
  ]
}

/** A process of another release would count what is ours as an attacker's. */
async function pausedBecause(runs: Pick<RunStore, 'otherReleaseRuns'>): Promise<string | null> {
  return (await runs.otherReleaseRuns(VERSION))
    ? 'Another release of the server uses this database: attacks begin when all servers have the same one.'
    : null
}

/** @param url where this server listens. */
function attack(
  { config, database, events, isLeader, issueTicket, place, now, ...options }: SyntheticModuleOptions,
  { runs, targets, ways, decoys, guard, tryAgain }: Parts,
  url: string,
): { stop(): Promise<void> } {
  const log = options.log.logging('backend.synthetic')
  const onError = tryAgain('Synthetic attacks cannot be made')
  const addressOf = async (target: SyntheticTarget, deadline: AbortSignal) => {
    if (target.registered_by === 'start') return decoys.addressOf(target)
    const { host, port } = target
    if (host === null || port === null) throw new Error('the target has no host and port')
    return { ...(await guard.addressOf(host, deadline)), host, port }
  }
  log.info('Synthetic attacks begin', { interval_seconds: config.SYNTHETIC_INTERVAL_SECONDS })
  return startAttacking({
    observer: createFeedObserver({
      url,
      ticket: issueTicket,
      onDelivered: (alert_id) => void runs.delivered(alert_id, new Date(now())).catch(onError),
      log,
    }),
    runner: createRunner({
      targets,
      runs,
      markers: createMarkers(config.SECRET_KEY),
      clientOf: createAttackClients({ url, keyOf: ways.keyOf, addressOf }),
      windowMs: config.SYNTHETIC_WINDOW_SECONDS * 1000,
      log,
      now,
    }),
    verdicts: createVerdicts({
      runs,
      raising: createRaisingStore(database.alerts),
      log,
      now,
      publish: events.publish,
    }),
    ways,
    decoys,
    isLeader,
    attacksDecoys: isSpokesman(place),
    pausedBecause: () => pausedBecause(runs),
    onError,
  })
}
