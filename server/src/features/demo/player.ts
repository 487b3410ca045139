import { createUnderWay } from '../../platform/under-way.js'
import { type Step, stepsOf } from './acts.js'
import { actsBetween, type ScheduledAct } from './schedule.js'

export interface PlayerOptions {
  /** Milliseconds, by a clock that never goes back. */
  clock: () => number
  /** How many seconds of the schedule pass in a second of the clock. */
  speed: number
  /** Tells the sessions of this run from those of others. */
  run: string
  /** Does what a step says; its failure is the business of whoever does it. */
  perform: (step: Step) => Promise<void>
  schedule?: readonly ScheduledAct[]
}

export interface Player {
  /** Begins all steps that are due, as far as there is room. */
  tick(): void
  /** Resolves when no step is under way. */
  idle(): Promise<void>
}

/** Requests under way at once. */
export const MAX_IN_FLIGHT = 16
/** Steps that wait for their time, or for room; more are left out. */
export const MAX_WAITING = 500
/** After a pause, such as the sleep of a laptop, the schedule goes on where it was: nothing is made up for. */
const LONGEST_PAUSE_SECONDS = 30

/** Plays the schedule from its beginning. */
export function createPlayer({ clock, speed, run, perform, schedule }: PlayerOptions): Player {
  let waiting: Step[] = []
  let played = 0
  let tickedAt = clock()
  const inFlight = createUnderWay()

  function advance(): void {
    const now = clock()
    const seconds = Math.min(((now - tickedAt) / 1000) * speed, LONGEST_PAUSE_SECONDS)
    tickedAt = now
    const due = actsBetween(played, played + seconds, schedule)
    played += seconds
    waiting = [...waiting, ...due.flatMap((act) => stepsOf(act, run))]
      .sort((a, b) => a.at - b.at)
      .slice(0, MAX_WAITING)
  }

  return {
    tick() {
      advance()
      while (inFlight.count() < MAX_IN_FLIGHT && waiting[0] !== undefined && waiting[0].at <= played)
        inFlight.add(perform(waiting.shift() as Step))
    },
    idle: inFlight.settled,
  }
}
