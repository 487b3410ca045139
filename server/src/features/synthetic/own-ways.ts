import { createHmac } from 'node:crypto'
import { OWN_ATTACK_KINDS, type SyntheticKeyState } from '@eviltwin/contract'
import { v7 as uuidV7 } from 'uuid'
import { SYNTHETIC_SENSORS } from '../../domain/synthetic-sensors.js'
import { ConflictError } from '../../platform/errors.js'
import type { ApiKeys } from '../auth/index.js'
import type { OwnKind } from './own-kinds.js'
import type { OwnTarget, TargetStore } from './target-store.js'

/** The ways into the platform itself, each with a target and a key of its own. */
export interface OwnWays {
  /** Makes sure that the targets and their first keys are there. */
  prepare(): Promise<void>
  /** The newest key of a way, which may have been revoked. */
  keyOf(kind: OwnKind): Promise<string>
  /** Whether it is good. */
  keyState(kind: OwnKind): Promise<SyntheticKeyState>
  /** Makes a new key in the place of one that was revoked. @throws {ConflictError} while the key is good, and after 20 keys. */
  replaceKey(kind: OwnKind): Promise<void>
}

export interface OwnWaysOptions {
  secretKey: string
  apiKeys: Pick<ApiKeys, 'adoptBound' | 'identify' | 'isRevoked'>
  targets: Pick<TargetStore, 'keep'>
  intervalSeconds: number
  now: () => number
}

/** Documentation addresses (RFC 5737), which no attacker has. */
const WAYS: Readonly<Record<OwnKind, Omit<OwnTarget, 'id' | 'interval_seconds'>>> = {
  log: { kind: 'log', name: 'POST /log', sensor_id: SYNTHETIC_SENSORS.log, source_ip: '192.0.2.251' },
  hec: {
    kind: 'hec',
    name: 'HTTP Event Collector',
    sensor_id: SYNTHETIC_SENSORS.hec,
    source_ip: '192.0.2.252',
  },
}
/** Each attack looks its key up among so many at most. */
const MAX_KEYS = 20

/** Keys follow from the secret and their number, so that every process has the same; the server stores hashes alone. */
export function createOwnWays({
  secretKey,
  apiKeys,
  targets,
  intervalSeconds,
  now,
}: OwnWaysOptions): OwnWays {
  async function newest(kind: OwnKind): Promise<{ number: number; state: SyntheticKeyState }> {
    for (let number = 0; number < MAX_KEYS; number += 1) {
      const key = keyText(secretKey, kind, number)
      if (await apiKeys.identify(key)) return { number, state: 'valid' }
      if (!apiKeys.isRevoked(key))
        return number === 0 ? { number, state: 'missing' } : { number: number - 1, state: 'revoked' }
    }
    return { number: MAX_KEYS - 1, state: 'revoked' }
  }
  async function adopt(kind: OwnKind, number: number): Promise<void> {
    const { name, sensor_id } = WAYS[kind]
    await apiKeys.adoptBound(keyText(secretKey, kind, number), `synthetic attacks: ${name}`, sensor_id)
  }
  return {
    async prepare() {
      for (const kind of OWN_ATTACK_KINDS) {
        await adopt(kind, 0)
        await targets.keep(
          { id: uuidV7(), ...WAYS[kind], interval_seconds: intervalSeconds },
          new Date(now()),
        )
      }
    },
    keyOf: async (kind) => keyText(secretKey, kind, (await newest(kind)).number),
    keyState: async (kind) => (await newest(kind)).state,
    async replaceKey(kind) {
      const { number, state } = await newest(kind)
      if (state !== 'revoked')
        throw new ConflictError(
          `the key of ${WAYS[kind].name} is not revoked; revoke it first (Settings, Keys)`,
        )
      if (number + 1 >= MAX_KEYS)
        throw new ConflictError(
          `the key of ${WAYS[kind].name} was replaced ${number} times, which is the most`,
        )
      await adopt(kind, number + 1)
    },
  }
}

/** @param number from 0 on, one more for each key that replaces another. */
function keyText(secretKey: string, kind: OwnKind, number: number): string {
  const purpose =
    number === 0 ? `synthetic attacks: ${kind}` : `synthetic attacks: ${kind}, key ${number + 1}`
  return `et_${createHmac('sha256', secretKey).update(purpose).digest('base64url')}`
}
