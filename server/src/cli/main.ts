import { CommanderError } from 'commander'
import { usePlainValidationMessages } from '../platform/validation-messages.js'
import { CliError, explain } from './errors.js'
import { createProgram } from './program.js'
import { ignoreClosedReaders } from './standard-output.js'

/** Runs one command. @returns the exit code: 0 when it did what it says, 2 for wrong usage, 1 for everything else. */
export async function main(argv: readonly string[]): Promise<number> {
  ignoreClosedReaders()
  usePlainValidationMessages()
  try {
    const program = await createProgram(argv[2])
    await program.parseAsync(argv)
    return 0
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    process.stderr.write(`eviltwin: ${explain(error)}\n`)
    return error instanceof CliError ? error.exitCode : 1
  }
}
