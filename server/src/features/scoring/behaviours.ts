import { keptOf } from '../../domain/command-text.js'
import { atOnce, inTurns } from '../../domain/turns.js'
import { shellStatements, startReading } from './commands/shell-statements.js'
import { rulesShownBy } from './commands/statement-rules.js'
import { type Behaving, PADDING, SIGNALS } from './signals.js'

/** What an event shows. */
export interface Shown {
  /** Names of behaviours (see signals.ts), in their order there. */
  readonly behaviours: readonly string[]
  /** Ids of the ATT&CK techniques that the event, or a statement of its command, shows; sorted. */
  readonly techniques: readonly string[]
  /** Characters of its command that were not read. */
  readonly unread: number
}

/** Counts changes of what behaviours are read from. Stored sessions of another version are read again from their events. */
export const BEHAVIOURS_VERSION = 2

const NOTHING: Shown = { behaviours: [], techniques: [], unread: 0 }
/** A statement costs this much however short it is, in characters. */
const STATEMENT_COST = 64
/** What follows is not read: no command that people or their scripts type has as many. */
const MAX_STATEMENTS = 4_096

/** What an event shows, at once. Pure; linear in the length of its command. */
export function shownBy(event: Behaving): Shown {
  return atOnce(readingOf(event))
}

/** What events show, by event. Other work of the event loop has its turn at least every 16,384 characters, or 256 statements, of commands. */
export function readBehaviours<Kind extends Behaving>(
  events: readonly Kind[],
): Promise<ReadonlyMap<Kind, Shown>> {
  return inTurns(readingOfAll(events))
}

function* readingOfAll<Kind extends Behaving>(
  events: readonly Kind[],
): Generator<number, ReadonlyMap<Kind, Shown>> {
  const shown = new Map<Kind, Shown>()
  for (const event of events) shown.set(event, yield* readingOf(event))
  return shown
}

/** Reads an event; yields what each statement cost. */
function* readingOf(event: Behaving): Generator<number, Shown> {
  const { event_type: type, command } = event
  // Most events are logins and connections, which show nothing.
  if (type === 'login_attempt' || type === 'connect') return NOTHING
  const behaviours = new Set<string>()
  const techniques = new Set<string>()
  for (const signal of SIGNALS) {
    if (signal.shownBy?.(event) !== true) continue
    behaviours.add(signal.name)
    for (const technique of signal.techniques) techniques.add(technique)
  }
  const unread = command === null ? 0 : yield* readCommand(command, behaviours, techniques)
  if (behaviours.size === 0 && techniques.size === 0) return NOTHING
  return {
    behaviours: SIGNALS.flatMap(({ name }) => (behaviours.has(name) ? name : [])),
    techniques: [...techniques].sort(),
    unread,
  }
}

/** Adds what the statements of a command show. @returns how many characters were not read. */
function* readCommand(
  command: string,
  behaviours: Set<string>,
  techniques: Set<string>,
): Generator<number, number> {
  const { text, cut } = keptOf(command)
  const reader = startReading()
  let statements = 0
  for (const statement of shellStatements(text, reader)) {
    statements += 1
    if (statements > MAX_STATEMENTS) break
    for (const { behaviour, technique } of rulesShownBy(statement)) {
      techniques.add(technique)
      if (behaviour !== null) behaviours.add(behaviour)
    }
    yield STATEMENT_COST + statement.text.length
  }
  const unread = cut + reader.unread + (text.length - reader.position)
  if (unread > 0) {
    behaviours.add(PADDING)
    techniques.add('T1027')
  }
  return unread
}
