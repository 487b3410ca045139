import { createHash } from 'node:crypto'
import { inTurns } from '../../domain/turns.js'
import { InvalidInputError } from '../../platform/errors.js'
import type { Chunk } from './chunks.js'
import { compress } from './compression.js'
import { MalformedRecordingError } from './malformed.js'
import type { ChunkRow, Growth } from './writer-store.js'

/** A chunk that was checked, as it is stored, and what it adds to its recording. */
export interface ReadyChunk {
  chunk: Chunk
  row: ChunkRow
}

/** Reads what was sent, in turns with other requests. @throws {InvalidInputError} that names the place where it is malformed. */
export async function readSent<Result>(reading: Generator<number, Result>): Promise<Result> {
  try {
    return await inTurns(reading)
  } catch (error) {
    if (error instanceof MalformedRecordingError) throw malformed(error.message)
    throw error
  }
}

export function malformed(problem: string): InvalidInputError {
  return new InvalidInputError(`the recording is malformed: ${problem}`, [{ pointer: '', message: problem }])
}

/** @param n its number. @param sha256 of the bytes that were sent. */
export async function readyChunk(n: number, sha256: Buffer, chunk: Chunk): Promise<ReadyChunk> {
  const { content, first_time, last_time } = chunk
  const compressed = await compress(content)
  return { chunk, row: { n, sha256, content: compressed, bytes: content.length, first_time, last_time } }
}

/** Columns and rows that a chunk states for its recording; null where it states none. */
export function sizeOf({ header }: Chunk): Pick<Growth, 'width' | 'height'> {
  return { width: header && inInteger(header.width), height: header && inInteger(header.height) }
}

export function sha256Of(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest()
}

/** As PostgreSQL stores it; clients may claim any size. */
function inInteger(value: number): number {
  return Math.min(value, 2 ** 31 - 1)
}
