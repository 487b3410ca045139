import type { ShellEnvironment } from './shell-environment.js'
import { unescaped } from './shell-lexer.js'
import type { ShellStatement } from './shell-statement.js'

/** What more writes is a file, not a script. */
const MAX_CONTENT = 65_536
const CONVERSION = /%(?:%|[-+ #0]*\d*(?:\.\d+)?([sbdcqxiu]))/g

/**
 * What a statement writes to standard output, as far as the command line itself holds it; null where that cannot be told without running it.
 * @param input what it reads from standard input, where that is known.
 */
export function literalOutput(
  statement: ShellStatement,
  input: string | null,
  environment: ShellEnvironment,
): string | null {
  const { verb, words, options, operands, program } = statement
  switch (verb) {
    case '':
    case 'true':
    case 'cd':
      return ''
    case 'echo':
      return echoed(words).slice(0, MAX_CONTENT)
    case 'printf':
      return formatted(operands).slice(0, MAX_CONTENT)
    case 'cat':
      return operands.length === 0 ? input : contentOf(operands, environment)
    case 'tee':
      return input
    case 'base64':
      return isDecoding(options) ? decoded(inputOf(operands, input, environment), 'base64') : null
    case 'openssl':
      return words.some((word) => /^-?base64$/.test(word)) && options.includes('-d')
        ? decoded(input, 'base64')
        : null
    case 'xxd':
      return options.some((option) => /^-\w*r/.test(option)) &&
        options.some((option) => /^-\w*p/.test(option))
        ? decoded(inputOf(operands, input, environment), 'hex')
        : null
    case 'rev':
      return input === null
        ? null
        : input
            .split('\n')
            .map((line) => [...line].reverse().join(''))
            .join('\n')
    case 'which':
      return operands.length === 1 ? (operands[0] ?? null) : null
    case 'command':
      return program === 'command' && operands.length === 1 ? (operands[0] ?? null) : null
    default:
      return null
  }
}

/** What `echo` writes: escapes are decoded, since most shells of appliances do so without `-e`. */
function echoed(words: readonly string[]): string {
  const first = words.findIndex((word) => !/^-[neE]+$/.test(word))
  const from = first < 0 ? words.length : first
  const isEnded = !words.slice(0, from).some((word) => word.includes('n'))
  return `${unescaped(words.slice(from).join(' '))}${isEnded ? '\n' : ''}`
}

/** The format is used again until no argument is left. */
function formatted([format = '', ...given]: readonly string[]): string {
  const pieces: string[] = []
  let used = 0
  do {
    const before = used
    pieces.push(
      unescaped(format).replace(CONVERSION, (_, conversion?: string) => {
        if (conversion === undefined) return '%'
        const argument = given[used] ?? ''
        used += 1
        return conversion === 'b' ? unescaped(argument) : argument
      }),
    )
    if (used === before) break
  } while (used < given.length)
  return pieces.join('')
}

function isDecoding(options: readonly string[]): boolean {
  return options.some((option) => option === '--decode' || /^-\w*[dD]/.test(option))
}

function inputOf(
  operands: readonly string[],
  input: string | null,
  environment: ShellEnvironment,
): string | null {
  return operands.length === 0 || operands[0] === '-' ? input : contentOf(operands, environment)
}

function contentOf(paths: readonly string[], environment: ShellEnvironment): string | null {
  const contents = paths.map((path) => environment.file(path)?.text)
  return contents.includes(undefined) ? null : contents.join('').slice(0, MAX_CONTENT)
}

function decoded(text: string | null, encoding: 'base64' | 'hex'): string | null {
  return text === null ? null : Buffer.from(text.replace(/\s/g, ''), encoding).toString('utf8')
}
