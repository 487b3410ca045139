import { createHmac } from 'node:crypto'
import type { SyntheticKind } from '@eviltwin/contract'
import { v7 as uuidV7 } from 'uuid'
import { createMarkers, type Markers } from '../../domain/synthetic-marker.js'
import { createAddressGuard } from '../../platform/outbound/address-guard.js'
import { createPoller, oncePerMinute, type Poller } from '../../platform/poller.js'
import type { Module, ModuleContext } from '../../platform/runtime/module.js'
import { VERSION } from '../../platform/version.js'
import type { ApiKeys } from '../auth/index.js'
import type { Ingest } from '../ingest/index.js'
import type { AttackClient } from './attacks/attack.js'
import { httpAttack, redisAttack, telnetAttack } from './attacks/protocols.js'
import { hecAttack, logAttack } from './attacks/records.js'
import { sshAttack } from './attacks/ssh.js'
import { coverageOf, type JudgedSensor } from './coverage.js'
import { createExpectedRuns, type ExpectedRuns } from './expected-runs.js'
import { createFeedObserver, type FeedObserver } from './feed-observer.js'
import { createHeldStore } from './held-store.js'
import { createMarkerStore } from './marker-store.js'
import { createMarkersSeen } from './markers-seen.js'
import { createRelease } from './release.js'
import { syntheticRoutes } from './routes.js'
import { createRunStore, type RunStore, SYNTHETIC_CHANNEL } from './run-store.js'
import { createRunner, type Runner } from './runner.js'
import { createTargetStore, type OwnTarget } from './target-store.js'
import { createTargets } from './targets.js'

/** Attacks of the platform on its own sensors. */
export interface SyntheticModule extends Module {
  /** Attacks from now on, with SYNTHETIC_ATTACKS. @param url where this server listens, without a final slash. */
  begin(url: string): Promise<void>
  /** Ends the attacks; comes before the server stops listening. */
  end(): Promise<void>
  /** Why nothing is attacked now, in words for people; null: attacks are made. */
  idleBecause(): Promise<string | null>
}

export interface SyntheticModuleOptions
  extends Pick<ModuleContext, 'config' | 'database' | 'events' | 'isLeader' | 'listener' | 'log' | 'now'> {
  expected: ExpectedRuns
  ingest: Ingest
  apiKeys: Pick<ApiKeys, 'adoptBound'>
  issueTicket: () => Promise<string>
  /** Sensors whose silence is an operational alert. */
  expectedSensors: () => Promise<JudgedSensor[]>
}

const TICK_MS = 1_000
/** Attacks are remembered for so long. */
const KEPT_MS = 30 * 86_400_000
/** An attack that a sensor reported proves it for so long. */
const PROVEN_MS = 10 * 60_000
/** Documentation addresses (RFC 5737), which no attacker has. */
const OWN_TARGETS = [
  { kind: 'log', name: 'POST /log', sensor_id: 'synthetic-log', source_ip: '192.0.2.251' },
  { kind: 'hec', name: 'HTTP Event Collector', sensor_id: 'synthetic-hec', source_ip: '192.0.2.252' },
] as const satisfies readonly Omit<OwnTarget, 'id' | 'interval_seconds'>[]

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
    markers: createMarkers(config.SECRET_KEY),
    log: log.logging('backend.synthetic'),
    now,
  })
  listener.on(SYNTHETIC_CHANNEL, expected.wake)
  return expected
}

export function createSyntheticModule(options: SyntheticModuleOptions): SyntheticModule {
  const { config, database, events, expected, isLeader, now } = options
  const log = options.log.logging('backend.synthetic')
  const runs = createRunStore(database.alerts)
  const targetStore = createTargetStore(database.app)
  const markerStore = createMarkerStore(database.maintenance)
  const guard = createAddressGuard(config.OUTBOUND_ALLOWED_NETWORKS)
  const seen = createMarkersSeen(markerStore, now, events.publish)
  const release = createRelease({
    runs,
    held: createHeldStore(database.maintenance),
    ingest: options.ingest,
    now,
    publish: events.publish,
  })
  const isOn = config.SYNTHETIC_ATTACKS === 'on'
  const pollers: Poller[] = []
  let attacking: Attacking | null = null
  const tryAgain = (what: string) => (error: unknown) =>
    log.warning(`${what}; trying again`, { cause: (error as Error).message })
  events.subscribe({
    synthetic_marker_ignored: seen.note,
    synthetic_alert_acknowledged: ({ alert_id }) =>
      void runs
        .acknowledged(alert_id, new Date(now()))
        .catch(tryAgain('The acknowledgement of an own alert cannot be written')),
  })

  async function tidy(): Promise<void> {
    await seen.flush()
    // Also where attacks are off now: what was kept apart before is given back.
    if (isLeader()) await release.run()
  }
  const everyMinute = oncePerMinute(now, async () => {
    const proven = await runs.provenSince(new Date(now() - PROVEN_MS))
    const coverage = coverageOf(await options.expectedSensors(), new Set(proven))
    if (coverage.expected > 0) events.publish({ kind: 'sensors_covered', ...coverage })
    await runs.forgetBefore(new Date(now() - KEPT_MS))
  })

  return {
    async routes(app) {
      await app.register(syntheticRoutes, {
        targets: createTargets(targetStore, guard, now),
        runs,
        markers: markerStore,
        isOn,
        pausedBecause: async () => (isOn ? pausedBecause(runs) : null),
      })
    },
    async start() {
      await expected.start()
      pollers.push(
        createPoller({
          work: tidy,
          pauseMs: TICK_MS,
          onError: tryAgain('Synthetic attacks cannot be tidied'),
        }),
        createPoller({
          work: async () => {
            if (isLeader()) await everyMinute()
          },
          pauseMs: TICK_MS,
          onError: tryAgain('The coverage of sensors cannot be counted'),
        }),
      )
    },
    async begin(url) {
      if (!isOn) return
      attacking = startAttacking(options, url, createMarkers(config.SECRET_KEY))
    },
    idleBecause: async () =>
      isOn ? pausedBecause(runs) : 'Synthetic attacks are off: start the server with SYNTHETIC_ATTACKS=on.',
    async end() {
      await attacking?.stop()
      attacking = null
    },
    async stop() {
      await Promise.all([...pollers.map((poller) => poller.stop()), expected.stop()])
    },
  }
}

/** A process of another release would count what is ours as an attacker's. */
async function pausedBecause(runs: Pick<RunStore, 'otherReleaseRuns'>): Promise<string | null> {
  return (await runs.otherReleaseRuns(VERSION))
    ? 'Another release of the server uses this database: attacks begin when all servers have the same one.'
    : null
}

interface Attacking {
  stop(): Promise<void>
}

/** Attacks as long as this process is the leader. */
function startAttacking(options: SyntheticModuleOptions, url: string, markers: Markers): Attacking {
  const { config, database, events, isLeader, now } = options
  const log = options.log.logging('backend.synthetic')
  const targets = createTargetStore(database.app)
  const runs = createRunStore(database.alerts)
  const onError = (error: unknown) =>
    log.warning('Synthetic attacks cannot be made; trying again', { cause: (error as Error).message })
  const observer: FeedObserver = createFeedObserver({
    url,
    ticket: options.issueTicket,
    onDelivered: (alert_id) => void runs.delivered(alert_id, new Date(now())).catch(onError),
    log,
  })
  const runner: Runner = createRunner({
    targets,
    runs,
    markers,
    pausedBecause: () => pausedBecause(runs),
    clientOf: clientsOf(url, config),
    windowMs: config.SYNTHETIC_WINDOW_SECONDS * 1000,
    log,
    now,
    publish: events.publish,
  })
  let isPrepared = false
  const poller = createPoller({
    async work() {
      if (!isLeader()) return observer.close()
      if (!isPrepared) await prepare(options)
      isPrepared = true
      // An attack is detected also when nobody can be told: that is what its last hops show.
      await observer.connect().catch(onError)
      await runner.tick()
    },
    pauseMs: TICK_MS,
    onError,
  })
  log.info('Synthetic attacks begin', { interval_seconds: config.SYNTHETIC_INTERVAL_SECONDS })
  return {
    async stop() {
      await poller.stop()
      await runner.stop()
      observer.close()
    },
  }
}

/** Makes sure that the ways into the platform are attacked, each with a key of its own. */
async function prepare({ config, database, apiKeys, now }: SyntheticModuleOptions): Promise<void> {
  const store = createTargetStore(database.app)
  for (const target of OWN_TARGETS) {
    const { kind, name, sensor_id } = target
    await apiKeys.adoptBound(keyOf(config.SECRET_KEY, kind), `synthetic attacks: ${name}`, sensor_id)
    await store.keep(
      { id: uuidV7(), ...target, interval_seconds: config.SYNTHETIC_INTERVAL_SECONDS },
      new Date(now()),
    )
  }
}

/** Derived from the secret, so that each process has the same; the server stores hashes alone. */
function keyOf(secretKey: string, kind: SyntheticKind): string {
  return `et_${createHmac('sha256', secretKey).update(`synthetic attacks: ${kind}`).digest('base64url')}`
}

function clientsOf(
  url: string,
  { SECRET_KEY, OUTBOUND_ALLOWED_NETWORKS }: ModuleContext['config'],
): (kind: SyntheticKind) => AttackClient | undefined {
  const guard = createAddressGuard(OUTBOUND_ALLOWED_NETWORKS)
  const clients = new Map<SyntheticKind, AttackClient>([
    ['log', logAttack({ url, key: keyOf(SECRET_KEY, 'log') })],
    ['hec', hecAttack({ url, key: keyOf(SECRET_KEY, 'hec') })],
    ['ssh', sshAttack(guard)],
    ['telnet', telnetAttack(guard)],
    ['http', httpAttack(guard)],
    ['redis', redisAttack(guard)],
  ])
  return (kind) => clients.get(kind)
}
