import type { FileHandle } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { MAX_LINE_BYTES, type TakenLines, takeLines } from '../../platform/delivery/take-lines.js'
import { BEGINNING, type LogSource, type Progress } from './plain-source.js'
import { endsWith, fingerprintOf, NO_ENDS, type Position } from './position.js'

const READ_BYTES = 64 * 1024
const BATCH_BYTES = 1024 * 1024

/**
 * Lines of a compressed file, which is complete and does not change.
 * @param start where to begin, as {@link findGzipProgress} found it.
 */
export function createGzipSource(handle: FileHandle, start: Progress): LogSource {
  const chunks = skipped(decompressed(handle), start.offset)
  let { offset, midLine, ends } = start
  let bytes = NO_ENDS.head
  let isAll = false
  let waiting: TakenLines | null = null

  async function fill(length: number): Promise<void> {
    const parts = [bytes]
    for (let filled = bytes.length; filled < length && !isAll; ) {
      const { value, done } = await chunks.next()
      if (done) isAll = true
      else {
        parts.push(value)
        filled += value.length
      }
    }
    if (parts.length > 1) bytes = Buffer.concat(parts)
  }

  return {
    async next() {
      for (let length = BATCH_BYTES; !waiting; length = MAX_LINE_BYTES + 1) {
        await fill(length)
        waiting = takeLines(bytes, midLine, isAll ? 'as it is' : 'waits')
        if (isAll) break
      }
      return waiting
    },
    confirm(taken) {
      waiting = null
      ends = endsWith(ends, bytes.subarray(0, taken.consumed))
      bytes = bytes.subarray(taken.consumed)
      offset += taken.consumed
      midLine = taken.midLine
    },
    progress: () => ({ offset, midLine, ends }),
    async close() {
      await chunks.return(undefined)
      await handle.close()
    },
  }
}

/**
 * Reads the whole file once: where to go on in it, the furthest of the positions whose content it has. @throws {Error} for a file that is
 * not complete yet, or damaged.
 */
export async function findGzipProgress(
  handle: FileHandle,
  positions: readonly Position[],
): Promise<Progress> {
  const ascending = [...positions].sort((one, other) => one.offset - other.offset)
  let best = BEGINNING
  let offset = 0
  let ends = NO_ENDS
  let next = 0
  for await (const chunk of decompressed(handle)) {
    for (; next < ascending.length; next += 1) {
      const position = ascending[next] as Position
      if (position.offset > offset + chunk.length) break
      const there = endsWith(ends, chunk.subarray(0, position.offset - offset))
      if (position.offset > 0 && fingerprintOf(there) === position.fingerprint)
        best = { offset: position.offset, midLine: position.midLine, ends: there }
    }
    ends = endsWith(ends, chunk)
    offset += chunk.length
  }
  return best
}

async function* decompressed(handle: FileHandle): AsyncGenerator<Buffer, undefined> {
  const source = Readable.from(compressed(handle))
  const gunzip = createGunzip()
  source.once('error', (error) => gunzip.destroy(error))
  try {
    for await (const chunk of source.pipe(gunzip)) yield chunk as Buffer
  } finally {
    source.destroy()
  }
  return undefined
}

/** A stream of the handle itself would close it, and it is read twice. */
async function* compressed(handle: FileHandle): AsyncGenerator<Buffer> {
  for (let position = 0; ; ) {
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(READ_BYTES), 0, READ_BYTES, position)
    if (bytesRead === 0) return
    position += bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}

async function* skipped(
  chunks: AsyncGenerator<Buffer, undefined>,
  bytes: number,
): AsyncGenerator<Buffer, undefined> {
  let left = bytes
  for await (const chunk of chunks) {
    const skip = Math.min(left, chunk.length)
    left -= skip
    if (skip < chunk.length) yield chunk.subarray(skip)
  }
  return undefined
}
