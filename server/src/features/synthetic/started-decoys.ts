import { createServer } from 'node:net'
import { SyntheticKind, type SyntheticTarget } from '@eviltwin/contract'
import { v7 as uuidV7 } from 'uuid'
import type { SensorAddress } from './attacks/attack.js'
import type { DecoyTarget, TargetStore } from './target-store.js'

/** A decoy that this server started. */
export interface StartedDecoy {
  protocol: string
  sensor_id: string
  /** That it listens on; null while it does not run. */
  port: number | null
  /** One that it accepts; unset where any is, or none is asked for. */
  password?: string
}

/** What this server says of its decoys. */
export interface DecoysOfServer {
  started: readonly StartedDecoy[]
  /** Sensors of decoys of this installation that it did not start. */
  notStarted: readonly string[]
}

/** The decoys of this server, as targets. */
export interface DecoyTargets {
  /** Replaces what was said of them before. */
  note(decoys: DecoysOfServer): void
  /** Sensors that this server attacks: no other one can reach them. */
  sensors(): string[]
  /** Where one of them is. @throws {Error} for one that does not run: another program may have its port by now. */
  addressOf(target: Pick<SyntheticTarget, 'sensor_id'>): SensorAddress
  /** Stores as targets what listens, and removes what is not started any more, unless an administrator excluded it. */
  register(): Promise<void>
}

export interface DecoyTargetOptions {
  targets: Pick<TargetStore, 'keepDecoys'>
  intervalSeconds: number
  now: () => number
}

const LOOPBACK = '127.0.0.1'
/** A loopback address that people and programs of this host do not connect from, so that what they do is not taken for an attack. */
const OWN_LOOPBACK = '127.101.118.116'

export function createDecoyTargets({ targets, intervalSeconds, now }: DecoyTargetOptions): DecoyTargets {
  let decoys: DecoysOfServer = { started: [], notStarted: [] }
  let isRegistered = true
  let from: string | null = null
  return {
    note(noted) {
      decoys = noted
      isRegistered = false
    },
    sensors: () => decoys.started.map(({ sensor_id }) => sensor_id),
    addressOf({ sensor_id }) {
      const decoy = decoys.started.find((each) => each.sensor_id === sensor_id)
      if (!decoy || decoy.port === null || from === null) throw new Error('the decoy does not run')
      const { port, password } = decoy
      return { address: LOOPBACK, host: LOOPBACK, port, from, ...(password !== undefined && { password }) }
    },
    async register() {
      if (isRegistered) return
      const { started, notStarted } = decoys
      from ??= (await canListen(OWN_LOOPBACK)) ? OWN_LOOPBACK : LOOPBACK
      const source_ip = from
      const listening = started.flatMap(({ protocol, sensor_id, port }): DecoyTarget[] => {
        const kind = SyntheticKind.safeParse(protocol).data
        if (kind === undefined || port === null) return []
        return [{ id: uuidV7(), kind, name: `Decoy ${protocol}`, sensor_id, source_ip, host: LOOPBACK, port }]
      })
      await targets.keepDecoys({ listening, notStarted, interval_seconds: intervalSeconds }, new Date(now()))
      if (decoys.started === started) isRegistered = true
    },
  }
}

/** Linux has all of 127.0.0.0/8; others have 127.0.0.1 alone. */
function canListen(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(0, address, () => probe.close(() => resolve(true)))
  })
}
