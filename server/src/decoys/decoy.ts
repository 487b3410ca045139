import type { Socket } from 'node:net'
import type { EventType, Outcome, ShellAnswer, ShellQuestion } from '@eviltwin/contract'
import type { Logger } from '../platform/logger.js'

/** One thing that an attacker did, as a decoy states it. It becomes a record for POST /log in EvilTwin's own field names. */
export interface DecoyAction {
  event_type: Exclude<EventType, 'canary'>
  /** The decoy's own name of it, such as `ssh.password`. */
  action: string
  outcome?: Outcome
  username?: string
  password?: string
  command?: string
  url?: string
  /** Lower-case hex. */
  file_sha256?: string
  /** Client software, or its fingerprint. */
  client?: string
  message?: string
  /** What no field of an event has; kept in `raw` alone. */
  details?: Readonly<Record<string, string | number | boolean | null | readonly string[]>>
}

/** A file that an attacker brought. */
export interface CapturedFile {
  /** As the attacker named it. */
  name: string
  content: Buffer
}

/** One connection of an attacker, as a decoy uses it. Nothing here waits, and nothing throws: what does not fit is counted and left out. */
export interface DecoySession {
  /** The decoy's own session key; the same in every record of the connection. */
  readonly id: string
  readonly source_ip: string
  readonly source_port: number
  /** Adds a record. `connect` and `disconnect` are added by the runtime. */
  record(action: DecoyAction): void
  /** Keeps a file for the evidence vault. @returns its SHA-256, lower-case hex, also of a file that is too large to be kept. */
  keepFile(file: CapturedFile): string
  /** Begins the recording of a terminal; what it shows can be played later, and while it runs. */
  recordTerminal(size: TerminalSize): TerminalRecording
  /**
   * Asks the platform what a command prints that the decoy does not know. Never rejects; null where it has no answer, or none before
   * `signal` ends the wait. Absent where there is nobody to ask.
   */
  answerCommand?(question: CommandQuestion, signal: AbortSignal): Promise<ShellAnswer | null>
}

/** A command, and the state of the shell in which it was typed, within `SHELL_QUESTION_LIMITS`. */
export type CommandQuestion = Omit<ShellQuestion, 'session' | 'sensor'>

/** In characters. */
export interface TerminalSize {
  columns: number
  rows: number
}

/** What a terminal shows and is given, with its time. */
export interface TerminalRecording {
  output(text: string): void
  input(text: string): void
  resize(size: TerminalSize): void
  end(): void
}

/** What differs from one installation to the next, so that one fingerprint does not find them all. Follows from `seed` alone. */
export interface DecoyIdentity {
  /** 32 secret bytes of this installation. */
  readonly seed: Buffer
  /** Without a domain. */
  readonly hostName: string
  /** Deterministic bytes for a purpose, such as a host key: HKDF-SHA-256 of the seed. */
  derive(purpose: string, length: number): Buffer
  /** One of the choices, the same at every start. */
  choose<T>(purpose: string, choices: readonly [T, ...T[]]): T
}

/** What a decoy is made from. */
export interface DecoySurroundings {
  identity: DecoyIdentity
  log: Logger
  /** Milliseconds since 1970. */
  now: () => number
  /** File that describes further bait; only of decoys that read one. */
  baitFile?: string
}

/** One protocol that is imitated. The runtime listens, bounds connections, their time and bytes, and sends the records. */
export interface Decoy {
  /** As in the field `protocol` of events. */
  readonly protocol: string
  readonly defaultPort: number
  /** Serves a connection until it is done; the runtime closes it then. Whatever the client sends, it does not throw for it. */
  serve(socket: Socket, session: DecoySession, stopping: AbortSignal): Promise<void>
}

/** One file `decoys/<protocol>/decoy.ts` exports one of these. */
export type CreateDecoy = (surroundings: DecoySurroundings) => Decoy
