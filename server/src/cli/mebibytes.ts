import { CliError } from './errors.js'

export const MIB = 1024 * 1024

/** A number of mebibytes, as an option takes it. @throws {CliError} */
export function mebibytes(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 0 || text.trim() === '')
    throw new CliError(`${text} is not a number of mebibytes`, 2)
  return value
}
