import { randomBytes } from 'node:crypto'
import { brotliCompressSync, constants, deflateSync, gzipSync } from 'node:zlib'
import { zstdFrame } from '../../server/src/testing/zstd-frame.js'
import type { HostileCase } from './hostile-case.js'
import { attackWith } from './stage.js'
import { at, flood } from './tally.js'

const CLIENTS = 24
const RECORDS = 60
const RECORD_BYTES = 1_000_000
/** What cannot be compressed, of each record: a body is 1 to 2 MB as it is sent. */
const RANDOM_CHARACTERS = 50_000
/** A third more than a body may become. */
const BOMB_BYTES = 85 * 1024 * 1024
const ZSTD_BLOCK_BYTES = 128 * 1024

/** The parts of a record before and after what can be compressed. */
function recordEnds(n: number): [Buffer, Buffer] {
  const known = `{"source_ip":"203.0.113.7","occurred_at":"2026-03-22T00:10:${n % 60}Z"`
  const random = randomBytes(RANDOM_CHARACTERS / 2).toString('hex')
  return [Buffer.from(`${known},"random":"${random}","command":"`), Buffer.from('"}\n')]
}

function records(): Buffer {
  const parts = Array.from({ length: RECORDS }, (_, n) => {
    const [before, after] = recordEnds(n + 10)
    return [before, Buffer.alloc(RECORD_BYTES - before.length - after.length, 0x78), after]
  })
  return Buffer.concat(parts.flat())
}

/** The same; there is no encoder of zstd on every Node. */
function recordsByZstd(): Buffer {
  const parts = Array.from({ length: RECORDS }, (_, n) => {
    const [before, after] = recordEnds(n + 10)
    const filling = Array.from({ length: 7 }, () => ({ repeat: ZSTD_BLOCK_BYTES, byte: 0x78 }))
    return [before, ...filling, after]
  })
  return zstdFrame(parts.flat())
}

function bombByZstd(): Buffer {
  const blocks = Math.ceil(BOMB_BYTES / ZSTD_BLOCK_BYTES)
  return zstdFrame(Array.from({ length: blocks }, () => ({ repeat: ZSTD_BLOCK_BYTES, byte: 0x20 })))
}

/** Small bodies that become large ones, and ones that never end. */
export const compressedBodies: HostileCase = {
  async prepare(stage) {
    const bomb = Buffer.alloc(BOMB_BYTES, 0x20)
    const lines = records()
    const quickly = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }
    const bodies = [
      ['gzip', gzipSync(lines, { level: 1 })],
      ['br', brotliCompressSync(lines, quickly)],
      ['deflate', deflateSync(lines, { level: 1 })],
      ['zstd', recordsByZstd()],
      ['gzip', gzipSync(bomb, { level: 1 })],
      ['br', brotliCompressSync(bomb, quickly)],
      ['deflate', deflateSync(bomb, { level: 1 })],
      ['zstd', bombByZstd()],
    ] as const
    return {
      run: ({ isOver, tally }) =>
        flood(tally, CLIENTS, isOver, (n) => {
          const [encoding, body] = at(bodies, n)
          const headers = { 'content-encoding': encoding, 'content-type': 'application/x-ndjson' }
          return attackWith(stage, body, headers)
        }),
    }
  },
}
