import { Command } from 'commander'
import { VERSION } from '../platform/version.js'
import { auditLogCommand } from './audit.js'
import { backupCommand, restoreCommand } from './backup.js'
import { decoyCommand } from './decoy.js'
import { feedsCommand } from './feeds.js'
import { keyCommand } from './key.js'
import { logsCommand } from './logs.js'
import { migrateCommand } from './migrate.js'
import { opensloCommand } from './openslo.js'
import { quarantineCommand } from './quarantine.js'
import { replayCommand } from './replay.js'
import { reviewCommand } from './review.js'
import { sensorCommand } from './sensor.js'
import { sloCommand } from './slo.js'
import { startCommand } from './start.js'
import { tailCommand } from './tail.js'
import { trainCommand } from './train.js'
import { userCommand } from './user.js'

/** The command line with all of its commands. Errors are thrown as CommanderError. */
export function createProgram(): Command {
  const program = new Command('eviltwin')
    .description('Self-hosted cyber-deception platform')
    .version(VERSION)
    .showHelpAfterError('(add --help for what this command takes)')
    .exitOverride()
  for (const command of [
    startCommand(),
    replayCommand(),
    tailCommand(),
    decoyCommand(),
    userCommand(),
    keyCommand(),
    sensorCommand(),
    auditLogCommand(),
    quarantineCommand(),
    feedsCommand(),
    sloCommand(),
    reviewCommand(),
    logsCommand(),
    opensloCommand(),
    trainCommand(),
    migrateCommand(),
    backupCommand(),
    restoreCommand(),
  ]) {
    program.addCommand(inherit(command))
  }
  return program
}

/** Commander's settings are not inherited by commands that were made elsewhere. */
function inherit(command: Command): Command {
  command.exitOverride().showHelpAfterError('(add --help for what this command takes)')
  for (const child of command.commands) inherit(child)
  return command
}
