import { Command } from 'commander'
import { VERSION } from '../platform/version.js'

/** Each command with what loads it, in the order of the help. A command takes a third of the time where no other one is loaded. */
const COMMANDS = new Map<string, () => Promise<Command>>([
  ['start', async () => (await import('./start.js')).startCommand()],
  ['replay', async () => (await import('./replay.js')).replayCommand()],
  ['tail', async () => (await import('./tail.js')).tailCommand()],
  ['decoy', async () => (await import('./decoy.js')).decoyCommand()],
  ['user', async () => (await import('./user.js')).userCommand()],
  ['key', async () => (await import('./key.js')).keyCommand()],
  ['sensor', async () => (await import('./sensor.js')).sensorCommand()],
  ['audit', async () => (await import('./audit.js')).auditLogCommand()],
  ['quarantine', async () => (await import('./quarantine.js')).quarantineCommand()],
  ['feeds', async () => (await import('./feeds.js')).feedsCommand()],
  ['slo', async () => (await import('./slo.js')).sloCommand()],
  ['review', async () => (await import('./review.js')).reviewCommand()],
  ['logs', async () => (await import('./logs.js')).logsCommand()],
  ['openslo', async () => (await import('./openslo.js')).opensloCommand()],
  ['train', async () => (await import('./train.js')).trainCommand()],
  ['migrate', async () => (await import('./migrate.js')).migrateCommand()],
  ['backup', async () => (await import('./backup.js')).backupCommand()],
  ['restore', async () => (await import('./backup.js')).restoreCommand()],
])

/**
 * The command line. Errors are thrown as CommanderError.
 * @param name the only command that is loaded; all are where there is no command of that name.
 */
export async function createProgram(name?: string): Promise<Command> {
  const program = new Command('eviltwin')
    .description('Self-hosted cyber-deception platform')
    .version(VERSION)
    .showHelpAfterError('(add --help for what this command takes)')
    .exitOverride()
  const named = name === undefined ? undefined : COMMANDS.get(name)
  for (const load of named ? [named] : COMMANDS.values()) program.addCommand(inherit(await load()))
  return program
}

/** Commander's settings are not inherited by commands that were made elsewhere. */
function inherit(command: Command): Command {
  command.exitOverride().showHelpAfterError('(add --help for what this command takes)')
  for (const child of command.commands) inherit(child)
  return command
}
