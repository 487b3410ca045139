import type { HonestRequest } from './honest-sensor.js'
import type { Stage } from './stage.js'
import type { Tally } from './tally.js'

/** How an attack goes on. */
export interface AttackRun {
  /** Milliseconds that the attack lasts. */
  milliseconds: number
  /** Whether it has lasted long enough. */
  isOver: () => boolean
  /** What became of the attacker's requests. */
  tally: Tally
}

/** Something else that is worth a line in the report. */
export type Fact = readonly [what: string, value: string | number]

/** An attack that is ready to be made. */
export interface Attack {
  /** Attacks until it is over. */
  run(run: AttackRun): Promise<void>
  /** After the attack: what became of the platform. @throws {AssertionError} for what must not be. */
  verify?(run: AttackRun, requests: readonly HonestRequest[]): Promise<Fact[]>
}

/** One way to attack the platform. */
export interface HostileCase {
  /** Of the server. */
  environment?: Record<string, string>
  /** Makes what the attack needs, before anything is measured. */
  prepare(stage: Stage): Promise<Attack>
  /** Which answers the honest sensor may get beside 200; none by default. */
  tolerates?(request: HonestRequest): boolean
}
