import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { SyntheticKind, SyntheticTarget } from '@eviltwin/contract'
import { v7 as uuidV7 } from 'uuid'
import { type Markers, markerDigest } from '../../domain/synthetic-marker.js'
import { timestampOf } from '../../domain/timestamp.js'
import type { Logger } from '../../platform/logger.js'
import { createUnderWay } from '../../platform/under-way.js'
import type { AttackClient } from './attacks/attack.js'
import type { RunStore } from './run-store.js'
import { nextAttackAt } from './schedule.js'
import type { Reach, TargetStore } from './target-store.js'

/** Attacks the targets that are due. */
export interface Runner {
  /** Begins what is due. @param reach what this process attacks. */
  attackDue(reach: Reach): Promise<void>
  /** Resolves when no attack is under way; those that are end at once. */
  stop(): Promise<void>
}

export interface RunnerOptions {
  targets: Pick<TargetStore, 'due' | 'postpone'>
  runs: Pick<RunStore, 'expect' | 'attacked' | 'failed'>
  markers: Markers
  clientOf: (kind: SyntheticKind) => AttackClient
  /** How long events of an attack are expected, in milliseconds. */
  windowMs: number
  log: Logger
  now: () => number
}

/** An attack that every process knows of by the time it is made. */
interface ExpectedAttack {
  id: string
  target: SyntheticTarget
  marker: string
}

/** Attacks at the same time. */
const MAX_CONCURRENT = 4
/** Every process reads what is expected once a second; an attack begins when all of them know of it. */
const LEAD_MS = 2_500
/** An attack is a handful of requests. */
const ATTACK_MS = 20_000

export function createRunner(options: RunnerOptions): Runner {
  const { targets, log, now } = options
  const ending = new AbortController()
  const underWay = createUnderWay()

  async function begin(target: SyntheticTarget): Promise<void> {
    const next = new Date(nextAttackAt(now(), target.interval_seconds, Math.random()))
    if (!(await targets.postpone(target.id, target.next_at, next))) return
    const expected = await expectAttack(target, options)
    if (expected === null) return
    const attack = perform(expected, options, ending.signal).catch((error: unknown) =>
      log.warning('A synthetic attack cannot be written down', { cause: (error as Error).message }),
    )
    underWay.add(attack)
  }

  return {
    async attackDue(reach) {
      const free = MAX_CONCURRENT - underWay.count()
      if (free <= 0) return
      for (const target of await targets.due(new Date(now()), reach, free)) await begin(target)
    },
    async stop() {
      ending.abort()
      await underWay.settled()
    },
  }
}

/** @returns null while another attack is expected from the same address on the same sensor. */
async function expectAttack(
  target: SyntheticTarget,
  { runs, markers, windowMs, now }: RunnerOptions,
): Promise<ExpectedAttack | null> {
  const { sensor_id, source_ip, kind } = target
  const id = uuidV7()
  const opens_at = now()
  const nonce = randomBytes(16)
  const marker = markers.of({ sensor_id, opens_at, nonce })
  const isExpected = await runs.expect({
    id,
    target_id: target.id,
    target_name: target.name,
    kind,
    sensor_id,
    source_ip,
    nonce,
    marker_digest: markerDigest(marker),
    opens_at: new Date(opens_at),
    closes_at: new Date(opens_at + LEAD_MS + windowMs),
  })
  return isExpected ? { id, target, marker } : null
}

async function perform(
  { id, target, marker }: ExpectedAttack,
  { runs, clientOf, now }: RunnerOptions,
  ending: AbortSignal,
): Promise<void> {
  await sleep(LEAD_MS, undefined, { signal: ending }).catch(() => {})
  if (ending.aborted) return
  const at = now()
  const deadline = AbortSignal.any([ending, AbortSignal.timeout(ATTACK_MS)])
  await runs.attacked(id, new Date(at))
  try {
    await clientOf(target.kind)({ target, marker, deadline, now: timestampOf(at) })
  } catch (error) {
    if (!ending.aborted) await runs.failed(id, failureText(error, target))
  }
}

const FAILURE_CHARACTERS = 300

function failureText(error: unknown, { host, port }: SyntheticTarget): string {
  const where = host === null ? '' : ` on ${host}:${port}`
  const { message, cause } = error as Error
  const because = cause instanceof Error ? `: ${cause.message}` : ''
  return `the attack${where} failed: ${message}${because}`.slice(0, FAILURE_CHARACTERS)
}
