import type { DecoySession } from '../decoy.js'
import type { DecoyShell } from '../shell/index.js'

/** Runs command lines of a connection one after the other, and records each. */
export interface CommandRunner {
  prompt(): string
  run(line: string, stdin?: string): Promise<{ output: string; exitCode: number; ended: boolean }>
}

/** Lines that wait because another channel of the connection runs one. */
const MAX_WAITING = 64

export function createCommandRunner(shell: DecoyShell, session: DecoySession): CommandRunner {
  let running: Promise<unknown> = Promise.resolve()
  let waiting = 0
  return {
    prompt: shell.prompt,
    async run(line, stdin) {
      if (line.trim() !== '') session.record({ event_type: 'command', action: 'ssh.command', command: line })
      if (waiting >= MAX_WAITING)
        return {
          output: '-bash: fork: retry: Resource temporarily unavailable\n',
          exitCode: 254,
          ended: false,
        }
      waiting += 1
      const result = running.then(() => shell.run(line, stdin))
      running = result.catch(() => {})
      return result.finally(() => {
        waiting -= 1
      })
    },
  }
}
