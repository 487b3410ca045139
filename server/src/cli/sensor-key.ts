import { readFileSync } from 'node:fs'
import { CliError } from './errors.js'

export const SENSOR_KEY_HINT = 'give the sensor key in EVILTWIN_KEY, or in a file with --key-file'

/** The key in a file, or in EVILTWIN_KEY; undefined where there is none. Read for each request, so that a new key needs no restart. @throws {CliError} */
export function sensorKey(file: string | undefined): string | undefined {
  if (file === undefined || file === '') return process.env['EVILTWIN_KEY']
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    throw new CliError(`the sensor key cannot be read: ${(error as Error).message}; ${SENSOR_KEY_HINT}`)
  }
}
