import { readFileSync } from 'node:fs'
import { type Config, ConfigError } from './config.js'

/** Variables that name a file. */
type FileVariable = Extract<keyof Config, `${string}_FILE`>

/**
 * Reads the file that a variable names, at the start.
 * @param missing what to say where it names none, behind the name of the variable. @throws {ConfigError} naming the variable.
 */
export function readConfigured(config: Config, variable: FileVariable, missing: string): Buffer {
  const file = config[variable]
  if (!file) throw new ConfigError(`${variable} ${missing}`)
  try {
    return readFileSync(file)
  } catch (error) {
    throw new ConfigError(`${variable}: ${file} cannot be read (${(error as NodeJS.ErrnoException).code})`)
  }
}
