import type { Account } from './accounts.js'
import type { FileSystem } from './file-system.js'
import type { Budget, ShellLimits } from './limits.js'
import type { Machine } from './machine.js'
import type { ShellState } from './shell-state.js'
import type { Input, Output } from './streams.js'
import type { UnknownCommands } from './unknown-commands.js'

/** What an open process reads and writes. */
export interface Streams {
  input: Input
  output: Output
  error: Output
  /** Descriptors from 3. */
  others?: ReadonlyMap<number, Output>
}

/** A command that was called. Arguments and streams are strings of bytes. */
export interface ProgramCall extends Streams {
  /** As it was called, without its folder. */
  name: string
  args: readonly string[]
  state: ShellState
  host: ShellHost
}

/** What a command does. @returns its exit status, 0 to 255. */
export type Program = (call: ProgramCall) => number | Promise<number>

/** What of an attack is kept: indicators and files. */
export interface Evidence {
  /** An attempt to fetch an address by a command; what was fetched, or null. */
  download(url: string, by: string, name: string, content: Buffer | null): void
  /** A file that an attacker made, and made executable or ran. Each content is kept once. */
  dropped(name: string, content: Buffer): void
  /** Anything else that is worth a record, such as a connection that was tried. */
  attempt(action: string, details: Readonly<Record<string, string>>): void
}

/** Fetches an address for an attacker; null where it cannot be. Bounded by whoever gives it. */
export type Fetch = (url: string) => Promise<Buffer | null>

/** What all shells of a session share. */
export interface ShellHost {
  readonly machine: Machine
  readonly files: FileSystem
  readonly accounts: Account[]
  readonly limits: ShellLimits
  readonly builtins: ReadonlyMap<string, Program>
  readonly programs: ReadonlyMap<string, Program>
  readonly evidence: Evidence
  readonly history: string[]
  readonly clientAddress: string
  /** Files of `crontab`, by user. */
  readonly crontabs: Map<string, string>
  /** Absent where nothing may be fetched. */
  readonly fetch: Fetch | undefined
  readonly unknownCommands: UnknownCommands
  budget: Budget
  /** Milliseconds since 1970, with what `sleep` added. */
  now(): number
  loginTime: number
  /** Lets time pass: the clock of the host moves on, and little of it is really waited. */
  pass(milliseconds: number): Promise<void>
  nextPid(): number
  /** Runs a script in the given state. */
  runScript(text: string, state: ShellState, streams: Streams): Promise<number>
  /** Runs a command by its name or path, and no function or alias. */
  runProgram(argv: readonly string[], state: ShellState, streams: Streams): Promise<number>
  /** Where a command is found; null where it is not. */
  which(name: string, state: ShellState): string | null
}
