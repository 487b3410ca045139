/** Makes hostile text harmless on a terminal: control and invisible format characters become visible and inert. */
export function printable(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\p{Cf}\u2028\u2029]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  )
}

/** Columns padded to their widest cell, two spaces apart; the text of cells is made printable. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [header, ...rows.map((row) => row.map(printable))]
  const widths = header.map((_, column) => Math.max(...cells.map((row) => (row[column] ?? '').length)))
  return cells
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

const BARS = '▁▂▃▄▅▆▇█'
const SPARK_WIDTH = 24

/** Shares as a line of bars, 0 and below the lowest, 1 the highest; a gap where there is nothing to show. */
export function sparkline(shares: ReadonlyArray<number | null>): string {
  const step = Math.max(1, shares.length / SPARK_WIDTH)
  const shown = Array.from(
    { length: Math.min(SPARK_WIDTH, shares.length) },
    (_, n) => shares[Math.floor(n * step)],
  )
  return shown
    .map((share) => {
      if (share === null || share === undefined) return ' '
      return BARS[Math.round(Math.min(1, Math.max(0, share)) * (BARS.length - 1))]
    })
    .join('')
}
