import type { SyntheticKind, SyntheticTarget } from '@eviltwin/contract'
import type { OwnKind } from '../own-kinds.js'
import type { AttackClient, SensorAddress, SensorAttack } from './attack.js'
import { ftpAttack } from './ftp.js'
import { httpAttack, redisAttack, smtpAttack, telnetAttack } from './lines.js'
import { mysqlAttack } from './mysql.js'
import { hecAttack, logAttack } from './records.js'
import { sshAttack } from './ssh.js'

const SENSOR_ATTACKS: Readonly<Record<Exclude<SyntheticKind, OwnKind>, SensorAttack>> = {
  ssh: sshAttack,
  telnet: telnetAttack,
  http: httpAttack,
  redis: redisAttack,
  mysql: mysqlAttack,
  ftp: ftpAttack,
  smtp: smtpAttack,
}

export interface AttackClientOptions {
  /** Where this server takes records, without a final slash. */
  url: string
  /** The key of a way into the platform. */
  keyOf: (kind: OwnKind) => Promise<string>
  /** Where a sensor is, checked anew before each attack. Rejects where it may not be connected to. */
  addressOf: (target: SyntheticTarget, deadline: AbortSignal) => Promise<SensorAddress>
}

/** The client of each kind of attack. */
export function createAttackClients({
  url,
  keyOf,
  addressOf,
}: AttackClientOptions): (kind: SyntheticKind) => AttackClient {
  return (kind) => async (attack) => {
    if (kind === 'log') return logAttack({ url, key: await keyOf(kind) })(attack)
    if (kind === 'hec') return hecAttack({ url, key: await keyOf(kind) })(attack)
    return SENSOR_ATTACKS[kind](await addressOf(attack.target, attack.deadline), attack)
  }
}
