/** What a key did. */
export type EditorEvent =
  | { kind: 'line'; line: string }
  /** Ctrl-C. */
  | { kind: 'interrupt' }
  /** Ctrl-D on an empty line. */
  | { kind: 'end' }

/** What typed keys come to, in order: what the terminal shows for them, and what they mean. */
export type Typed = { echo: string } | EditorEvent

/** A line that is typed on a terminal without a program that reads lines: echo, backspace, arrow keys, history. */
export interface LineEditor {
  /** Takes what was typed, as far as its result is read. */
  take(text: string): Generator<Typed, void>
  /** Forgets the lines before: the arrow keys do not bring them back. */
  forget(): void
}

export const MAX_LINE = 4_096
/** Characters of one echo: that of a key that shows another line is the largest. */
export const MAX_ECHO = 4 * MAX_LINE
const MAX_HISTORY = 100
/** Of an escape sequence; a longer one is none. */
const MAX_ESCAPE = 16

type Output = Typed[]

/** The line, where the cursor is in it, and the lines before it. */
interface EditorState {
  characters: string[]
  cursor: number
  history: string[][]
  /** Which line of the history is shown; as long as the history: a new one. */
  shown: number
  escape: string
  /** Whether the last character was a carriage return: a line feed after it is the same key. */
  afterReturn: boolean
}

export function createLineEditor(): LineEditor {
  const state: EditorState = {
    characters: [],
    cursor: 0,
    history: [],
    shown: 0,
    escape: '',
    afterReturn: false,
  }
  return {
    *take(text) {
      let echo = ''
      for (const character of text) {
        const output: Output = []
        takeCharacter(state, character, output)
        // One echo for what was typed at once, as far as it is short: three bytes of a key repeat a line of 4,096 characters.
        for (const each of output) {
          const endsEcho = !('echo' in each) || echo.length + each.echo.length > MAX_ECHO
          if (endsEcho && echo !== '') {
            yield { echo }
            echo = ''
          }
          if ('echo' in each) echo += each.echo
          else yield each
        }
      }
      if (echo !== '') yield { echo }
    },
    forget() {
      state.history = []
      state.shown = 0
    },
  }
}

function takeCharacter(state: EditorState, character: string, output: Output): void {
  const { afterReturn } = state
  state.afterReturn = character === '\r'
  if (character === '\n' && afterReturn) return
  const key = KEYS[character]
  if (state.escape !== '') takeEscape(state, character, output)
  else if (key) key(state, output)
  else if (character >= ' ') insert(state, character, output)
}

const KEYS: Readonly<Record<string, (state: EditorState, output: Output) => void>> = {
  '\u001b': (state) => {
    state.escape = '\u001b'
  },
  '\r': endLine,
  '\n': endLine,
  '\u0003': (state, output) => {
    clear(state)
    output.push({ echo: '^C\r\n' }, { kind: 'interrupt' })
  },
  '\u0004': (state, output) => {
    if (state.characters.length === 0) output.push({ kind: 'end' })
  },
  '\u007f': erase,
  '\b': erase,
  '\u0015': (state, output) => show(state, [], output),
  '\u0001': (state, output) => move(state, -state.cursor, output),
  '\u0005': (state, output) => move(state, state.characters.length - state.cursor, output),
}

function endLine(state: EditorState, output: Output): void {
  const { characters } = state
  if (characters.length > 0) state.history = [...state.history, characters].slice(-MAX_HISTORY)
  clear(state)
  output.push({ echo: '\r\n' }, { kind: 'line', line: characters.join('') })
}

/** What is after the cursor moves on. A line that is full takes no more. */
function insert(state: EditorState, character: string, output: Output): void {
  if (state.characters.length >= MAX_LINE) return
  const rest = state.characters.slice(state.cursor)
  state.characters.splice(state.cursor, 0, character)
  state.cursor += 1
  output.push({ echo: `${character}${rest.join('')}${'\b'.repeat(rest.length)}` })
}

function erase(state: EditorState, output: Output): void {
  if (state.cursor === 0) return
  state.cursor -= 1
  state.characters.splice(state.cursor, 1)
  const rest = state.characters.slice(state.cursor)
  output.push({ echo: `\b${rest.join('')} ${'\b'.repeat(rest.length + 1)}` })
}

function takeEscape(state: EditorState, character: string, output: Output): void {
  state.escape += character
  const isBegun = state.escape.length === 2 && (character === '[' || character === 'O')
  const isParameter = state.escape.length > 2 && state.escape.length < MAX_ESCAPE && /[0-9;]/.test(character)
  if (isBegun || isParameter) return
  const sequence = state.escape.slice(2)
  state.escape = ''
  if (sequence === 'A') showHistory(state, state.shown - 1, output)
  else if (sequence === 'B') showHistory(state, state.shown + 1, output)
  else if (sequence === 'C') move(state, Math.min(1, state.characters.length - state.cursor), output)
  else if (sequence === 'D') move(state, -Math.min(1, state.cursor), output)
  else if (sequence === 'H' || sequence === '1~') move(state, -state.cursor, output)
  else if (sequence === 'F' || sequence === '4~') move(state, state.characters.length - state.cursor, output)
}

function showHistory(state: EditorState, index: number, output: Output): void {
  if (index < 0 || index > state.history.length) return
  state.shown = index
  show(state, [...(state.history[index] ?? [])], output)
}

/** Another line in place of this one. */
function show(state: EditorState, characters: string[], output: Output): void {
  const before = state.characters.length
  output.push({
    echo: `${'\b'.repeat(state.cursor)}${' '.repeat(before)}${'\b'.repeat(before)}${characters.join('')}`,
  })
  state.characters = characters
  state.cursor = characters.length
}

function move(state: EditorState, by: number, output: Output): void {
  const from = state.cursor
  state.cursor += by
  const passed = state.characters.slice(from, state.cursor).join('')
  if (by !== 0) output.push({ echo: by < 0 ? '\b'.repeat(-by) : passed })
}

function clear(state: EditorState): void {
  state.characters = []
  state.cursor = 0
  state.shown = state.history.length
}
