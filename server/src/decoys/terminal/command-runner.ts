import type { DecoySession } from '../decoy.js'
import type { DecoyShell, ShellResult } from '../shell/index.js'

/** A shell whose lines are recorded. */
export interface CommandRunner extends Pick<DecoyShell, 'prompt' | 'echoes' | 'endInput' | 'interrupt'> {
  /** @param stdin all that the command can read; without it an interactive shell reads the lines that follow. */
  run(line: string, stdin?: Buffer): Promise<ShellResult>
}

/** @param protocol begins the names of its records, such as `ssh.command`. */
export function createCommandRunner(
  shell: DecoyShell,
  session: Pick<DecoySession, 'record'>,
  protocol: string,
): CommandRunner {
  return {
    ...shell,
    run(line, stdin) {
      if (line.trim() !== '') {
        // A shell without a prompt gives the line to a program that reads.
        if (shell.prompt() === '')
          session.record({ event_type: 'other', action: `${protocol}.input`, message: line })
        else session.record({ event_type: 'command', action: `${protocol}.command`, command: line })
      }
      return shell.run(line, stdin)
    },
  }
}
