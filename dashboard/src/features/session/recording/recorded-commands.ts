import type { Event } from '@eviltwin/contract'
import { countUntil } from './count-until'

/** A command of a session, as a place of its recording. */
export interface RecordedCommand {
  /** Of its event. */
  id: string
  /** Seconds of the recording. */
  recorded: number
  command: string
}

export interface RecordingTimes {
  /** By the clock of the sensor, to the second below; milliseconds since the epoch. */
  startedAt: number
  /** Seconds at which a line was ended by a key, in order. */
  lineEnds: readonly number[]
  /** Seconds of the last event. */
  duration: number
}

/** A recording says when it began only to the second; and this is for clocks that are read one after the other. */
const UNCERTAIN_SECONDS = 1.05

/** The commands of a session that were given in a recording, in the order of events; each at the key that ended its line, where there is one. */
export function commandsIn(
  events: ReadonlyArray<Pick<Event, 'id' | 'event_type' | 'outcome' | 'occurred_at' | 'command'>>,
  { startedAt, lineEnds, duration }: RecordingTimes,
): RecordedCommand[] {
  return events.flatMap(({ id, event_type, outcome, occurred_at, command }) => {
    // Cowrie reports a command twice when it does not know it.
    if (event_type !== 'command' || outcome !== null || !command) return []
    const latest = (Date.parse(occurred_at) - startedAt) / 1000
    if (!(latest >= -UNCERTAIN_SECONDS && latest <= duration + UNCERTAIN_SECONDS)) return []
    const ended = countUntil(lineEnds.length, (n) => lineEnds[n] ?? 0, latest + (UNCERTAIN_SECONDS - 1))
    const key = lineEnds[ended - 1]
    const isNear = key !== undefined && key >= latest - UNCERTAIN_SECONDS
    return { id, command, recorded: isNear ? key : Math.min(duration, Math.max(0, latest)) }
  })
}
