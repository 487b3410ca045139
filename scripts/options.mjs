// Options of the scripts that run one long test: read, explained by --help, refused with what is wrong.
import { parseArgs } from 'node:util'

/**
 * Options of the command line; prints `help` and ends where it is asked for.
 * @param options as `parseArgs` takes them, each with its `default`.
 */
export function readOptions(help, options) {
  try {
    const { values } = parseArgs({ options: { ...options, help: { type: 'boolean', short: 'h' } } })
    if (!values.help) return values
    console.log(help)
    process.exit(0)
  } catch (error) {
    return refuse(error.message)
  }
}

/** A number above 0. @param name of the option whose text this is. */
export function positiveNumber(name, text, max) {
  const number = Number(text)
  return number > 0 && number <= max ? number : refuse(`--${name} takes a number above 0, at most ${max}`)
}

/** Says what is wrong with the command line, and ends. */
export function refuse(problem) {
  console.error(`${problem}; see --help`)
  process.exit(2)
}
