import type { Program } from '../host.js'
import { fail, linesOf, readOptions } from './arguments.js'
import { readSources } from './reading.js'

/** `awk '{print $n}'`. */
export const awk: Program = async (call) => {
  const { values, operands } = readOptions(call.args, { valued: 'Fvf', endsAtOperand: true })
  const [program, ...names] = operands
  const fields = /^\s*\{\s*print\s*((?:\$\d+|,|\s)*)\}\s*$/.exec(program ?? '')?.[1]
  if (fields === undefined) return fail(call, 'syntax error')
  const { sources, status } = await readSources(call, names)
  const numbers = (fields.match(/\d+/g) ?? ['0']).map(Number)
  const separator = values.get('F')
  for (const line of sources.flatMap(({ text }) => linesOf(text))) {
    const parts = separator === undefined ? line.trim().split(/\s+/) : line.split(separator)
    call.output.write(
      `${numbers.map((number) => (number === 0 ? line : (parts[number - 1] ?? ''))).join(' ')}\n`,
    )
  }
  return status
}
