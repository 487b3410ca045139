import { type IBufferCell, Terminal } from '@xterm/headless'
import { createEscapeBounds } from './bounded-escapes'

/** Text of one style in a row. `wide`: each character takes two cells. */
export interface Run {
  text: string
  /** Cells. */
  width: number
  /** Names of classes: colours of the palette, bold and so on. */
  classes: string
  /** `#rrggbb`; null: of the class, or the default. */
  foreground: string | null
  background: string | null
}

/** A row of the screen. `key` is the same for rows that look the same. */
export interface Row {
  key: string
  runs: readonly Run[]
}

/** What a terminal shows. */
export interface Screen {
  columns: number
  rows: readonly Row[]
}

/**
 * A terminal without a device: it shows text and does nothing else. What it would answer, the title of its window, its bell and its clipboard
 * lead nowhere.
 */
export interface Emulator {
  /** Resolves once the text is on the screen. */
  write(text: string): Promise<void>
  /** Sizes beyond {@link MAX_COLUMNS} and {@link MAX_ROWS} are those. */
  resize(columns: number, rows: number): void
  screen(): Screen
  /** Everything that it has, with what was scrolled out. */
  text(): string
}

export const MAX_COLUMNS = 400
export const MAX_ROWS = 150
const SCROLLED_ROWS = 2_000
/** The emulator gives way to other work between pieces; what costs most takes some hundredths of a second each. */
const PIECE = 256
/** Characters of one cell that are shown. */
const MAX_CELL = 16
/** What cannot be seen or reorders what is around it. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu

export function createEmulator(columns: number, rows: number): Emulator {
  const terminal = new Terminal({
    ...sizeOf(columns, rows),
    scrollback: SCROLLED_ROWS,
    // Its buffer can be read only so.
    allowProposedApi: true,
    logLevel: 'off',
  })
  const bound = createEscapeBounds()

  return {
    async write(text) {
      const safe = bound(text)
      if (safe === '') return
      for (let from = 0; from < safe.length - PIECE; from += PIECE)
        terminal.write(safe.slice(from, from + PIECE))
      const last = (Math.ceil(safe.length / PIECE) - 1) * PIECE
      await new Promise<void>((resolve) => terminal.write(safe.slice(last), resolve))
    },
    resize(toColumns, toRows) {
      const { cols, rows: count } = sizeOf(toColumns, toRows)
      terminal.resize(cols, count)
    },
    screen: () => screenOf(terminal),
    text() {
      const { active } = terminal.buffer
      const lines: string[] = []
      for (let y = 0; y < active.length; y += 1) {
        const line = active.getLine(y)
        const content = line?.translateToString(true).replaceAll(UNSEEN, '') ?? ''
        if (line?.isWrapped && lines.length > 0) lines.push(`${lines.pop() ?? ''}${content}`)
        else lines.push(content)
      }
      return lines.join('\n').trimEnd()
    },
  }
}

/** A size of 0 is one that nobody stated. */
function sizeOf(columns: number, rows: number): { cols: number; rows: number } {
  return {
    cols: Math.min(MAX_COLUMNS, Math.max(2, columns || 80)),
    rows: Math.min(MAX_ROWS, Math.max(1, rows || 24)),
  }
}

function screenOf(terminal: Terminal): Screen {
  const { active } = terminal.buffer
  const cell = active.getNullCell()
  const rows: Row[] = []
  for (let y = 0; y < terminal.rows; y += 1) {
    const line = active.getLine(active.baseY + y)
    const runs: Run[] = []
    const cursor = y === active.cursorY ? active.cursorX : -1
    for (let x = 0; line && x < terminal.cols; x += 1) {
      const found = line.getCell(x, cell)
      // The right half of a wide character.
      if (!found || found.getWidth() === 0) continue
      append(runs, runOf(found, x === cursor))
    }
    rows.push({ key: runs.map(keyOf).join('\u0001'), runs })
  }
  return { columns: terminal.cols, rows }
}

/** Puts a cell into the run before it, where both are plain text of one style. */
function append(runs: Run[], cell: Run): void {
  const last = runs.at(-1)
  const isLike =
    last !== undefined &&
    last.classes === cell.classes &&
    last.foreground === cell.foreground &&
    last.background === cell.background
  // Glyphs that the font lacks have another width: each of them keeps to its own cell.
  if (last && isLike && PLAIN.test(cell.text) && PLAIN.test(last.text.slice(-1))) {
    last.text += cell.text
    last.width += cell.width
  } else runs.push(cell)
}

const PLAIN = /^[ -~]$/

function runOf(cell: IBufferCell, isCursor: boolean): Run {
  const text = cell.getChars().replaceAll(UNSEEN, '').slice(0, MAX_CELL).toWellFormed() || ' '
  const isInverse = cell.isInverse() !== 0
  const front = colourOf(cell.isFgPalette(), cell.isFgRGB(), cell.getFgColor())
  const back = colourOf(cell.isBgPalette(), cell.isBgRGB(), cell.getBgColor())
  const [foreground, background] = isInverse ? [back, front] : [front, back]
  const classes = [
    foreground.palette !== null && `cast-fg-${foreground.palette}`,
    background.palette !== null && `cast-bg-${background.palette}`,
    isInverse && foreground.isDefault && 'cast-fg-inverse',
    isInverse && background.isDefault && 'cast-bg-inverse',
    cell.isBold() !== 0 && 'cast-bold',
    cell.isDim() !== 0 && 'cast-dim',
    cell.isItalic() !== 0 && 'cast-italic',
    cell.isUnderline() !== 0 && 'cast-underline',
    cell.isStrikethrough() !== 0 && 'cast-struck',
    cell.isInvisible() !== 0 && 'cast-invisible',
    isCursor && 'cast-cursor',
  ].filter((name) => name !== false)
  return {
    text,
    width: cell.getWidth(),
    classes: classes.join(' '),
    foreground: foreground.rgb,
    background: background.rgb,
  }
}

interface Colour {
  isDefault: boolean
  /** 0 to 15: named colours, which the theme gives. */
  palette: number | null
  rgb: string | null
}

function colourOf(isPalette: boolean, isRgb: boolean, value: number): Colour {
  if (isRgb) return { isDefault: false, palette: null, rgb: hex(value) }
  if (!isPalette) return { isDefault: true, palette: null, rgb: null }
  if (value < 16) return { isDefault: false, palette: value, rgb: null }
  return { isDefault: false, palette: null, rgb: hex(extendedColour(value)) }
}

/** The colours 16 to 255 of xterm: a cube of six steps a channel, then 24 greys. */
function extendedColour(value: number): number {
  if (value >= 232) return (8 + (value - 232) * 10) * 0x010101
  const step = (n: number) => (n === 0 ? 0 : 55 + n * 40)
  const place = value - 16
  return (step(Math.floor(place / 36)) << 16) | (step(Math.floor(place / 6) % 6) << 8) | step(place % 6)
}

function hex(value: number): string {
  return `#${value.toString(16).padStart(6, '0')}`
}

function keyOf({ text, classes, foreground, background }: Run): string {
  return `${classes} ${foreground ?? ''} ${background ?? ''} ${text}`
}
