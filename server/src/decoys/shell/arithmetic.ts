/** Names and values of variables; a name that is not set is 0. */
export interface ArithmeticVariables {
  get(name: string): string
  set(name: string, value: string): void
}

/** What is no arithmetic expression. `message` is what bash says after the expression. */
export class ArithmeticError extends Error {
  override name = 'ArithmeticError'
}

const TOKEN =
  /\s*(?:(0[xX][0-9a-fA-F]+|\d+(?:#[0-9a-zA-Z]+)?)|([A-Za-z_]\w*)|(<<=|>>=|\*\*|\+\+|--|&&|\|\||<<|>>|<=|>=|==|!=|[-+*/%&|^]=|[-+*/%<>=!~&|^?:(),]))/y

/** Binding strength of binary operators, as in C. */
const STRENGTH: Readonly<Record<string, number>> = {
  ',': 1,
  '?': 3,
  '||': 4,
  '&&': 5,
  '|': 6,
  '^': 7,
  '&': 8,
  '==': 9,
  '!=': 9,
  '<': 10,
  '>': 10,
  '<=': 10,
  '>=': 10,
  '<<': 11,
  '>>': 11,
  '+': 12,
  '-': 12,
  '*': 13,
  '/': 13,
  '%': 13,
  '**': 15,
}
const ASSIGNMENT_OPERATORS = new Set(['=', '+=', '-=', '*=', '/=', '%=', '&=', '|=', '^=', '<<=', '>>='])
const MAX_DEPTH = 40
const MAX_LENGTH = 4_096

interface Reader {
  tokens: string[]
  at: number
  depth: number
  variables: ArithmeticVariables
  /** False in a branch that is not taken: nothing is assigned there. */
  isLive: boolean
}

/** Evaluates an expression of XCU 2.6.4 with 64 bits, as bash does. Throws ArithmeticError. */
export function evaluateArithmetic(text: string, variables: ArithmeticVariables): bigint {
  return evaluateAt(text, variables, 0)
}

function evaluateAt(text: string, variables: ArithmeticVariables, depth: number): bigint {
  if (text.length > MAX_LENGTH || depth > MAX_DEPTH)
    throw new ArithmeticError('expression recursion level exceeded')
  const reader: Reader = { tokens: tokensOf(text), at: 0, depth, variables, isLive: true }
  if (reader.tokens.length === 0) return 0n
  const value = binary(reader, 0)
  if (reader.at < reader.tokens.length) throw syntaxError(reader)
  return value
}

function tokensOf(text: string): string[] {
  const tokens: string[] = []
  const trimmed = text.trimEnd()
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < trimmed.length) {
    const start = TOKEN.lastIndex
    const match = TOKEN.exec(trimmed)
    if (match === null)
      throw new ArithmeticError(
        `syntax error: invalid arithmetic operator (error token is "${trimmed.slice(start)}")`,
      )
    tokens.push((match[1] ?? match[2] ?? match[3]) as string)
  }
  return tokens
}

function syntaxError({ tokens, at }: Reader): ArithmeticError {
  return new ArithmeticError(
    `syntax error: operand expected (error token is "${tokens.slice(at).join('') || tokens.at(-1)}")`,
  )
}

function deeper<T>(reader: Reader, read: () => T): T {
  reader.depth += 1
  if (reader.depth > MAX_DEPTH) throw new ArithmeticError('expression recursion level exceeded')
  try {
    return read()
  } finally {
    reader.depth -= 1
  }
}

function binary(reader: Reader, minimum: number): bigint {
  // biome-ignore lint/complexity/noExcessiveCognitiveComplexity: each branch is one operator of the grammar
  return deeper(reader, () => {
    let left = unary(reader)
    for (;;) {
      const operator = reader.tokens[reader.at] ?? ''
      const strength = STRENGTH[operator] ?? -1
      if (strength < minimum || strength === -1) return left
      reader.at += 1
      if (operator === '?') left = conditional(reader, left)
      else if (operator === '&&' || operator === '||') left = logical(reader, operator, left, strength)
      else {
        const right = binary(reader, operator === '**' ? strength : strength + 1)
        left = wrapped(reader.isLive ? apply(operator, left, right) : 0n)
      }
    }
  })
}

/** Evaluates what assigns nothing unless it is taken. */
function whenLive(reader: Reader, isTaken: boolean, read: () => bigint): bigint {
  const before = reader.isLive
  reader.isLive = before && isTaken
  try {
    return read()
  } finally {
    reader.isLive = before
  }
}

function conditional(reader: Reader, condition: bigint): bigint {
  const whenTrue = whenLive(reader, condition !== 0n, () => binary(reader, 2))
  if (reader.tokens[reader.at] !== ':') throw syntaxError(reader)
  reader.at += 1
  const whenFalse = whenLive(reader, condition === 0n, () => binary(reader, 3))
  return condition !== 0n ? whenTrue : whenFalse
}

function logical(reader: Reader, operator: '&&' | '||', left: bigint, strength: number): bigint {
  const isDecided = operator === '&&' ? left === 0n : left !== 0n
  const right = whenLive(reader, !isDecided, () => binary(reader, strength + 1))
  if (isDecided) return operator === '&&' ? 0n : 1n
  return right !== 0n ? 1n : 0n
}

function unary(reader: Reader): bigint {
  const token = reader.tokens[reader.at]
  if (token === undefined) throw syntaxError(reader)
  reader.at += 1
  if (token === '(') {
    const value = binary(reader, 0)
    if (reader.tokens[reader.at] !== ')') throw new ArithmeticError("syntax error: missing `)'")
    reader.at += 1
    return value
  }
  if (token === '++' || token === '--') return stepped(reader, token)
  const sign = (
    { '-': (x) => -x, '+': (x) => x, '!': (x) => (x === 0n ? 1n : 0n), '~': (x) => ~x } as Record<
      string,
      (x: bigint) => bigint
    >
  )[token]
  if (sign !== undefined) return wrapped(sign(deeper(reader, () => unary(reader))))
  if (/^\d/.test(token)) return literal(token)
  if (/^[A-Za-z_]/.test(token)) return variable(reader, token)
  reader.at -= 1
  throw syntaxError(reader)
}

function stepped(reader: Reader, operator: string): bigint {
  const name = reader.tokens[reader.at] ?? ''
  if (!/^[A-Za-z_]/.test(name)) throw syntaxError(reader)
  reader.at += 1
  return assign(reader, name, variableValue(reader, name) + (operator === '++' ? 1n : -1n))
}

function variable(reader: Reader, name: string): bigint {
  const operator = reader.tokens[reader.at] ?? ''
  if (operator === '++' || operator === '--') {
    reader.at += 1
    const before = variableValue(reader, name)
    assign(reader, name, before + (operator === '++' ? 1n : -1n))
    return before
  }
  if (!ASSIGNMENT_OPERATORS.has(operator)) return variableValue(reader, name)
  reader.at += 1
  const right = binary(reader, 2)
  if (!reader.isLive) return 0n
  return assign(
    reader,
    name,
    operator === '=' ? right : apply(operator.slice(0, -1), variableValue(reader, name), right),
  )
}

function assign(reader: Reader, name: string, value: bigint): bigint {
  const kept = wrapped(value)
  if (reader.isLive) reader.variables.set(name, kept.toString())
  return kept
}

function variableValue(reader: Reader, name: string): bigint {
  const text = reader.variables.get(name).trim()
  if (/^-?\d{1,18}$/.test(text) && !/^-?0\d/.test(text)) return BigInt(text)
  return text === '' || text === name ? 0n : evaluateAt(text, reader.variables, reader.depth + 1)
}

function literal(token: string): bigint {
  if (/^0[xX]/.test(token)) return wrapped(BigInt(token))
  const [base, digits] = token.split('#')
  if (digits !== undefined) return inBase(Number(base), digits)
  if (/^0\d/.test(token)) return inBase(8, token.slice(1))
  return wrapped(BigInt(token))
}

function inBase(base: number, digits: string): bigint {
  let value = 0n
  for (const digit of digits.toLowerCase()) {
    const weight = Number.parseInt(digit, 36)
    if (!(weight < base) || base < 2 || base > 36)
      throw new ArithmeticError(`value too great for base (error token is "${digits}")`)
    value = value * BigInt(base) + BigInt(weight)
  }
  return wrapped(value)
}

function wrapped(value: bigint): bigint {
  return BigInt.asIntN(64, value)
}

function truth(value: boolean): bigint {
  return value ? 1n : 0n
}

function apply(operator: string, left: bigint, right: bigint): bigint {
  switch (operator) {
    case ',':
      return right
    case '+':
      return left + right
    case '-':
      return left - right
    case '*':
      return left * right
    case '/':
    case '%':
      if (right === 0n) throw new ArithmeticError('division by 0 (error token is "0")')
      return operator === '/' ? left / right : left % right
    case '**':
      return power(left, right)
    case '<<':
      return left << (right & 63n)
    case '>>':
      return left >> (right & 63n)
    case '&':
      return left & right
    case '|':
      return left | right
    case '^':
      return left ^ right
    default:
      return compare(operator, left, right)
  }
}

function compare(operator: string, left: bigint, right: bigint): bigint {
  if (operator === '==') return truth(left === right)
  if (operator === '!=') return truth(left !== right)
  if (operator === '<') return truth(left < right)
  if (operator === '>') return truth(left > right)
  return truth(operator === '<=' ? left <= right : left >= right)
}

/** By squaring, with 64 bits at each step: the exponent may be large. */
function power(base: bigint, exponent: bigint): bigint {
  if (exponent < 0n) throw new ArithmeticError('exponent less than 0 (error token is "0")')
  let result = 1n
  let factor = base
  for (let left = exponent; left > 0n; left >>= 1n) {
    if ((left & 1n) === 1n) result = wrapped(result * factor)
    factor = wrapped(factor * factor)
  }
  return result
}
