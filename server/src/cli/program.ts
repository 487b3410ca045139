import { Command } from 'commander'
import { VERSION } from '../platform/version.js'

/**
 * The commands, in the order in which help lists them. Each is loaded when it is used: a decoy or `tail` then needs neither the memory nor the
 * code of a server.
 */
const COMMANDS: ReadonlyMap<string, () => Promise<Command>> = new Map([
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
 * @param name the first word of it: with the name of a command, that command is there alone; without one, for help and mistakes, all are.
 */
export async function createProgram(name = ''): Promise<Command> {
  const program = new Command('eviltwin')
    .description('Self-hosted cyber-deception platform')
    .version(VERSION)
    .showHelpAfterError('(add --help for what this command takes)')
    .exitOverride()
  const named = COMMANDS.get(name)
  const commands = await Promise.all((named ? [named] : [...COMMANDS.values()]).map((load) => load()))
  for (const command of commands) program.addCommand(inherit(command))
  return program
}

/** Commander's settings are not inherited by commands that were made elsewhere. */
function inherit(command: Command): Command {
  command.exitOverride().showHelpAfterError('(add --help for what this command takes)')
  for (const child of command.commands) inherit(child)
  return command
}
