import type { TerminalRecording, TerminalSize } from '../decoy.js'

/** Receives the parts of a recording, in order. @param isFinal whether it is the last one. */
export type ChunkSink = (chunk: Buffer, number: number, isFinal: boolean) => void

export interface TerminalRecorderOptions {
  size: TerminalSize
  /** Milliseconds since 1970. */
  now: () => number
  onChunk: ChunkSink
}

/** What happens after a pause is sent this soon, and what follows it once a second: viewers are so far behind, and the way to the server. */
const FIRST_CHUNK_MS = 150
const CHUNK_MS = 1_000
/** Of a recording; what comes later is left out. */
const MAX_BYTES = 4 * 1024 * 1024
/** A chunk is sent early when it has grown so far; a server takes 256 KiB. */
const MAX_CHUNK_BYTES = 128 * 1024
/** Characters of one event; a longer text is several. In JSON each takes six bytes at most. */
const MAX_EVENT = 16 * 1024

/**
 * Writes asciicast version 2 (https://docs.asciinema.org/manual/asciicast/v2/): a header line, then a line for each event with its seconds
 * since the beginning. A chunk is some whole lines; number 0 begins with the header.
 */
export function createTerminalRecorder({ size, now, onChunk }: TerminalRecorderOptions): TerminalRecording {
  const begun = now()
  let lines: Buffer[] = []
  let waiting = 0
  let total = 0
  let number = 0
  let hasEnded = false
  let flushedAt = Number.NEGATIVE_INFINITY
  let timer: NodeJS.Timeout | undefined

  function flush(isFinal: boolean): void {
    clearTimeout(timer)
    timer = undefined
    if (lines.length === 0 && !isFinal) return
    const chunk = Buffer.concat(lines)
    lines = []
    waiting = 0
    onChunk(chunk, number, isFinal)
    number += 1
    flushedAt = now()
  }

  function push(value: unknown, maxBytes = MAX_BYTES): void {
    const line = Buffer.from(`${JSON.stringify(value)}\n`)
    if (hasEnded || total + line.length > maxBytes) return
    if (waiting + line.length > MAX_CHUNK_BYTES) flush(false)
    total += line.length
    waiting += line.length
    lines.push(line)
    timer ??= setTimeout(() => flush(false), untilChunk())
  }

  /** Milliseconds, whatever the clock does. */
  function untilChunk(): number {
    return Math.min(CHUNK_MS, Math.max(FIRST_CHUNK_MS, flushedAt + CHUNK_MS - now()))
  }

  function event(code: string, text: string): void {
    const seconds = Math.max(0, Math.round(now() - begun)) / 1000
    for (let at = 0; at < text.length; at += MAX_EVENT)
      push([seconds, code, text.slice(at, at + MAX_EVENT).toWellFormed()])
  }

  push({ version: 2, width: size.columns, height: size.rows, timestamp: Math.floor(begun / 1000) })
  return {
    output: (text) => event('o', text),
    input: (text) => event('i', text),
    resize: ({ columns, rows }) => event('r', `${columns}x${rows}`),
    end() {
      if (hasEnded) return
      // So that there is a last chunk, and the recording is as long as the session was.
      push([Math.max(0, Math.round(now() - begun)) / 1000, 'o', ''], Infinity)
      hasEnded = true
      flush(true)
    },
  }
}
