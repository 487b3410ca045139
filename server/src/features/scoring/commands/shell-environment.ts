/** Variables and files that a command line names: more than scripts of attackers use. */
const MAX_VARIABLES = 256
const MAX_FILES = 32
/** A file that holds more is no script. */
const MAX_CONTENT = 65_536
/** Characters below a space that texts hold: tab to carriage return, and escape. */
const TEXT_CONTROLS = new Set([9, 10, 11, 12, 13, 27])
/** Values of a variable before its last one that are kept. */
export const MAX_EARLIER = 16

/** What a command line wrote into a file. */
export interface KnownFile {
  readonly text: string
  /** Nothing stood in it before, as far as the command line says. */
  readonly isWhole: boolean
}

/**
 * What a command line itself says of its variables and files. A subshell has variables of its own and sees those outside it; files are
 * everybody's. What is not known was never assigned or written, or was written by something whose output cannot be told.
 */
export class ShellEnvironment {
  readonly #outer: ShellEnvironment | null
  /** Undefined: was unset. */
  readonly #variables = new Map<string, string | undefined>()
  readonly #earlier = new Map<string, Set<string>>()
  readonly #files: Map<string, KnownFile>

  constructor(outer: ShellEnvironment | null = null) {
    this.#outer = outer
    this.#files = outer ? outer.#files : new Map()
  }

  variable(name: string): string | undefined {
    if (this.#variables.has(name)) return this.#variables.get(name)
    return this.#outer?.variable(name)
  }

  /** Values that a variable had before its last one; also those that a subshell may have seen. */
  earlier(name: string): string[] {
    const values = [...(this.#earlier.get(name) ?? []), ...(this.#outer?.earlier(name) ?? [])]
    const outer = this.#variables.has(name) ? this.#outer?.variable(name) : undefined
    return outer === undefined ? values : [...values, outer]
  }

  /** @returns whether there was room for it. */
  assign(name: string, value: string | undefined): boolean {
    // A name of a file that holds a variable may be another's now.
    for (const path of this.#files.keys()) if (path.includes('$')) this.#files.delete(path)
    if (!this.#variables.has(name) && this.#variables.size >= MAX_VARIABLES) return false
    const before = this.#variables.get(name)
    if (before !== undefined && before !== value) {
      const earlier = this.#earlier.get(name) ?? new Set()
      if (earlier.size < MAX_EARLIER) this.#earlier.set(name, earlier.add(before))
    }
    this.#variables.set(name, value)
    return true
  }

  file(path: string): KnownFile | undefined {
    return this.#files.get(normalized(path))
  }

  /** @param text null: it holds something that is not known now. @param isAdded whether what stood there before stays. */
  write(path: string, text: string | null, isAdded = false): void {
    const name = normalized(path)
    const before = isAdded ? this.#files.get(name) : undefined
    const length = (before?.text.length ?? 0) + (text?.length ?? 0)
    const isKept = text !== null && length <= MAX_CONTENT && isText(text)
    if (!isKept || (!this.#files.has(name) && this.#files.size >= MAX_FILES)) this.#files.delete(name)
    else
      this.#files.set(name, {
        text: `${before?.text ?? ''}${text}`,
        isWhole: before?.isWhole ?? !isAdded,
      })
  }

  /** Relative names are other files now. */
  changeDirectory(): void {
    for (const path of this.#files.keys()) if (!/^[/~<]/.test(path)) this.#files.delete(path)
  }
}

/** Whether all of it is text: no control characters but white space and escape, and nothing that was no UTF-8 (U+FFFD). */
export function isText(content: string): boolean {
  for (let at = 0; at < content.length; at += 1) {
    const code = content.charCodeAt(at)
    if (code === 0xfffd || (code < 32 && !TEXT_CONTROLS.has(code))) return false
  }
  return true
}

function normalized(path: string): string {
  return path.replace(/^(?:\.\/+)+/, '')
}
