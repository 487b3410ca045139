import { randomBytes } from 'node:crypto'
import { OWN_ATTACK_KINDS, type SyntheticKind, type SyntheticTarget } from '@eviltwin/contract'
import { v7 as uuidV7 } from 'uuid'
import type { Publish } from '../../domain/platform-event.js'
import { type Markers, markerDigest } from '../../domain/synthetic-marker.js'
import { timestampOf } from '../../domain/timestamp.js'
import type { Logger } from '../../platform/logger.js'
import { createUnderWay } from '../../platform/under-way.js'
import type { AttackClient } from './attacks/attack.js'
import { judge } from './judgement.js'
import type { RunStore } from './run-store.js'
import { nextAttackAt } from './schedule.js'
import type { TargetStore } from './target-store.js'

/** Attacks the targets that are due. */
export interface Runner {
  /** Begins what is due, and judges what is over. */
  tick(): Promise<void>
  /** Attacks under way; at most {@link MAX_CONCURRENT}. */
  underWay(): number
  /** Resolves when no attack is under way; those that are end at once. */
  stop(): Promise<void>
}

export interface RunnerOptions {
  targets: Pick<TargetStore, 'due' | 'postpone'>
  /** Why nothing may be attacked now; null: it may. */
  pausedBecause: () => Promise<string | null>
  runs: Pick<RunStore, 'expect' | 'attacked' | 'failed' | 'unjudged' | 'judge'>
  markers: Markers
  clientOf: (kind: SyntheticKind) => AttackClient | undefined
  /** How long events of an attack are expected, in milliseconds. */
  windowMs: number
  log: Logger
  now: () => number
  publish: Publish
  random?: () => number
}

/** Attacks at the same time. */
export const MAX_CONCURRENT = 4
/** Every process reads what is expected once a second; an attack begins when all of them know of it. */
const LEAD_MS = 2_500
/** An attack is a handful of requests. */
const ATTACK_MS = 20_000

export function createRunner(options: RunnerOptions): Runner {
  const { targets, runs, markers, windowMs, log, now, publish, random = Math.random } = options
  const ending = new AbortController()
  const underWay = createUnderWay()

  async function begin(target: SyntheticTarget): Promise<void> {
    const at = now()
    const next = new Date(nextAttackAt(at, target.interval_seconds, random()))
    if (!(await targets.postpone(target.id, target.next_at, next))) return
    const id = uuidV7()
    const opens_at = at
    const nonce = randomBytes(16)
    const marker = markers.of({ sensor_id: target.sensor_id, opens_at, nonce })
    const isExpected = await runs.expect({
      id,
      target_id: target.id,
      target_name: target.name,
      kind: target.kind,
      sensor_id: target.sensor_id,
      source_ip: target.source_ip,
      nonce,
      marker_digest: markerDigest(marker),
      opens_at: new Date(opens_at),
      closes_at: new Date(opens_at + LEAD_MS + windowMs),
    })
    if (!isExpected) return
    const attack = perform(id, target, marker).catch((error: unknown) =>
      log.warning('A synthetic attack cannot be written down', { cause: (error as Error).message }),
    )
    underWay.add(attack)
  }

  async function perform(id: string, target: SyntheticTarget, marker: string): Promise<void> {
    await paused(LEAD_MS, ending.signal)
    if (ending.signal.aborted) return
    const at = now()
    const deadline = AbortSignal.any([ending.signal, AbortSignal.timeout(ATTACK_MS)])
    await runs.attacked(id, new Date(at))
    try {
      const client = options.clientOf(target.kind)
      if (!client) throw new Error(`no client for ${target.kind}`)
      await client({ target, marker, deadline, now: timestampOf(at) })
    } catch (error) {
      if (ending.signal.aborted) return
      await runs.failed(id, failureText(error, target))
    }
  }

  async function judgeOver(): Promise<void> {
    for (const run of await runs.unjudged()) {
      const at = now()
      const verdict = judge(run, at)
      if (!verdict || !(await runs.judge(run.id, verdict, new Date(at)))) continue
      const { kind, sensor_id, attacked_at, received_at, alerted_at } = run
      // A decoy that nobody else visits is there all the same.
      if (received_at !== null && !isOwn(kind))
        publish({
          kind: 'sensor_pinged',
          sensor_id,
          key_id: null,
          software: 'synthetic attack',
          sent_at: null,
        })
      const seconds =
        attacked_at && alerted_at
          ? Math.max(0, Date.parse(alerted_at) - Date.parse(attacked_at)) / 1000
          : null
      publish({ kind: 'synthetic_attack_judged', way: kind, detected: verdict.detected, seconds })
      if (verdict.failure !== null)
        log.warning('Synthetic attack not detected to the end', {
          run_id: run.id,
          sensor_id,
          failure: verdict.failure,
        })
    }
  }

  return {
    async tick() {
      await judgeOver()
      const free = MAX_CONCURRENT - underWay.count()
      if (free <= 0 || (await options.pausedBecause()) !== null) return
      for (const target of await targets.due(new Date(now()), free)) await begin(target)
    },
    underWay: underWay.count,
    async stop() {
      ending.abort()
      await underWay.settled()
    },
  }
}

/** Whether the way into the platform itself is attacked, and no sensor. */
function isOwn(kind: SyntheticKind): boolean {
  return (OWN_ATTACK_KINDS as readonly SyntheticKind[]).includes(kind)
}

/** Resolves after so many milliseconds, or as soon as the signal aborts. */
function paused(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done)
  })
}

const FAILURE_CHARACTERS = 300

function failureText(error: unknown, { host, port }: SyntheticTarget): string {
  const where = host === null ? '' : ` ${host}:${port}`
  const { message, cause } = error as Error
  const because = cause instanceof Error ? `: ${cause.message}` : ''
  return `the attack${where} failed: ${message}${because}`.slice(0, FAILURE_CHARACTERS)
}
