import { SHELL_QUESTION_LIMITS as LIMITS, type ShellAnswer } from '@eviltwin/contract'
import type { CommandQuestion, DecoySession } from '../decoy.js'
import { detached, toBytes, toText } from './bytes.js'
import type { FileSystem } from './file-system.js'
import type { Machine } from './machine.js'
import type { ShellState } from './shell-state.js'

export interface UnknownCommandsOptions {
  /** Absent: there is nobody to ask. */
  answer: DecoySession['answerCommand']
  machine: Machine
  files: FileSystem
}

/** Commands that no program of the shell has, answered by somebody else within the limits of a line. */
export interface UnknownCommands {
  /** What it prints, as bytes; null where it is not there. */
  ask(argv: readonly string[], state: ShellState): Promise<ShellAnswer | null>
  /** A new line may ask again. */
  beginLine(): void
  /** Adds to what whoever answers is shown of the session. */
  remember(command: string, output: string): void
}

/** Of one line; after one that has no answer it asks no more. */
const MAX_QUESTIONS = 3
/** How long an attacker waits in one line for all of them. */
const MAX_WAIT_MS = 3_000
const NAME = /^[A-Za-z0-9_][\w.+-]{0,63}$/
/** What no host of this kind has: `which` and `/usr/bin` say the same. */
const NEVER_THERE =
  /^(?:python|perl|ruby|node|nodejs|php|lua|java|gcc|g\+\+|cc|c\+\+|clang|make|go|rustc|tclsh|expect)[\d.]*$/

export function createUnknownCommands({ answer, machine, files }: UnknownCommandsOptions): UnknownCommands {
  const history: CommandQuestion['history'] = []
  let left = MAX_QUESTIONS
  let signal: AbortSignal | null = null

  function stateOf(state: ShellState): Omit<CommandQuestion, 'command'> {
    const folder = files.find(state.folder, state.owner)
    const names = folder?.kind === 'folder' ? [...folder.entries.keys()].slice(0, LIMITS.listing) : []
    const { name, versionId } = machine.distribution
    return {
      cwd: clip(state.folder, LIMITS.folder),
      user: clip(state.user, LIMITS.name),
      host: clip(machine.hostName, LIMITS.name),
      system: `${name} ${versionId}`,
      history: [...history],
      listing: names.map((each) => clip(each, LIMITS.entry)),
    }
  }

  return {
    async ask(argv, state) {
      const [name = ''] = argv
      if (answer === undefined || left <= 0 || !NAME.test(name) || NEVER_THERE.test(name)) return null
      left -= 1
      signal ??= AbortSignal.timeout(MAX_WAIT_MS)
      const command = clip(argv.join(' '), LIMITS.command)
      const answered = await answer({ ...stateOf(state), command }, signal)
      if (answered === null) left = 0
      if (answered === null || answered.exit_status === 127) return null
      return { ...answered, output: toBytes(answered.output) }
    },
    beginLine() {
      left = MAX_QUESTIONS
      signal = null
    },
    remember(command, output) {
      if (answer === undefined) return
      history.push({
        command: detached(command.slice(0, LIMITS.history_command)),
        output: detached(output.slice(0, LIMITS.history_output)),
      })
      if (history.length > LIMITS.history) history.shift()
    },
  }
}

function clip(bytes: string, max: number): string {
  return toText(bytes).slice(0, max).toWellFormed()
}
