import { homedir } from 'node:os'
import { join } from 'node:path'
import { Option } from 'commander'

/** Where a command of a sensor host keeps what must outlive it. */
export function stateOption(what: string): Option {
  return new Option('--state <directory>', what).default(
    stateDirectory(),
    '$STATE_DIRECTORY, or ~/.local/state/eviltwin',
  )
}

function stateDirectory(): string {
  // systemd gives the directories of StateDirectory= with colons between them.
  const [own] = (process.env['STATE_DIRECTORY'] ?? '').split(':')
  return own || join(process.env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state'), 'eviltwin')
}
