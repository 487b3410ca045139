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
  state.variables.set(name, { value: value.slice(0, MAX_VALUE), isExported: exported })
}

/** Names and values of the environment, as `env` shows them. */
export function environmentOf(state: ShellState): Array<[string, string]> {
  return [...state.variables].filter(([, each]) => each.isExported).map(([name, each]) => [name, each.value])
}
