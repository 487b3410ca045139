const NEWLINE = 0x0a

/** Lines that come in pieces. */
export interface WholeLines {
  /** Takes what was read; hands on what is whole. */
  take(chunk: Buffer): void
}

/** A line that is longer is none of ours: it is left out. */
const MAX_LINE_BYTES = 16 * 1024 * 1024

/**
 * Hands on whole lines, as many as there are in one piece of text: what several processes write at the same time cannot mix within a
 * line. A line that its writer did not live to end is never handed on.
 * @param write receives one or more lines, each with its newline.
 */
export function createWholeLines(write: (lines: string) => void, maxLineBytes = MAX_LINE_BYTES): WholeLines {
  let begun: Buffer[] = []
  let begunBytes = 0
  let isTooLong = false

  function begin(piece: Buffer): void {
    if (piece.length === 0) return
    begunBytes += piece.length
    isTooLong ||= begunBytes > maxLineBytes
    if (isTooLong) begun = []
    else begun.push(piece)
  }

  return {
    take(chunk) {
      const end = chunk.lastIndexOf(NEWLINE) + 1
      if (end === 0) return begin(chunk)
      const from = isTooLong ? chunk.indexOf(NEWLINE) + 1 : 0
      const lines = Buffer.concat([...begun, chunk.subarray(from, end)]).toString('utf8')
      if (lines !== '') write(lines)
      begun = []
      begunBytes = 0
      isTooLong = false
      begin(chunk.subarray(end))
    },
  }
}
