import { detached } from './bytes.js'
import type { Owner } from './file-nodes.js'
import type { Command } from './syntax.js'

export interface Variable {
  value: string
  isExported: boolean
}

/** What a shell process knows; a subshell has a copy. */
export interface ShellState {
  variables: Map<string, Variable>
  functions: Map<string, Command>
  aliases: Map<string, string>
  /** `$1` and so on. */
  parameters: string[]
  /** `$0`. */
  name: string
  folder: string
  status: number
  umask: number
  user: string
  owner: Owner
  pid: number
  backgroundPid: number | null
  /** Names of options that are on, such as `errexit`. */
  options: Set<string>
  /** Functions, scripts and substitutions inside one another. */
  depth: number
  /** Conditions inside one another: what fails in one does not end a shell that has `errexit`. */
  tested: number
  /** `bash` or `sh`: how messages begin. */
  flavour: 'bash' | 'sh'
  /** What stands before the message of an error of the shell itself, such as `-bash: `. */
  errorPrefix: string
}

/** Names of variables that a shell keeps; the oldest stay. */
const MAX_VARIABLES = 500
const MAX_VALUE = 262_144
/** Characters of all long values of a shell together. */
const MAX_VALUES = 1_048_576
const LONG_VALUE = 1_024

export function copyState(state: ShellState): ShellState {
  return {
    ...state,
    variables: new Map([...state.variables].map(([name, variable]) => [name, { ...variable }])),
    functions: new Map(state.functions),
    aliases: new Map(state.aliases),
    parameters: [...state.parameters],
    options: new Set(state.options),
    depth: state.depth + 1,
  }
}

export function variableOf(state: ShellState, name: string): string {
  return state.variables.get(name)?.value ?? ''
}

export function setVariable(state: ShellState, name: string, value: string, isExported?: boolean): void {
  const present = state.variables.get(name)
  if (present === undefined && state.variables.size >= MAX_VARIABLES) return
  const exported = isExported ?? present?.isExported ?? state.options.has('allexport')
  state.variables.set(name, { value: keptValue(state, name, value), isExported: exported })
}

/** As much of a value as there is room for. */
function keptValue(state: ShellState, name: string, value: string): string {
  if (value.length <= LONG_VALUE) return value
  let others = 0
  for (const [other, each] of state.variables)
    if (other !== name && each.value.length > LONG_VALUE) others += each.value.length
  const length = Math.max(LONG_VALUE, Math.min(MAX_VALUE, MAX_VALUES - others))
  return detached(value.slice(0, length))
}

/** Names and values of the environment, as `env` shows them. */
export function environmentOf(state: ShellState): Array<[string, string]> {
  return [...state.variables].filter(([, each]) => each.isExported).map(([name, each]) => [name, each.value])
}
