import * as zlib from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { zstdFrame } from '../../testing/zstd-frame.js'
import { decodeByLibrary, decodeZstd } from './zstd.js'

const TEXT = 'hello hello hello hello hello, this is zstd\n'.repeat(200)
/** TEXT as zstd 1.5 compresses a stream: without its size, with a checksum. */
const STREAMED = Buffer.from(
  '28b52ffd0458250100a868656c6c6f202c2074686973206973207a7374640a040014e2290e000392aa6bea02071c6754a7',
  'hex',
)
/** TEXT as zstd 1.5 compresses a file: one segment with its size, no checksum. */
const SIZED = Buffer.from(
  '28b52ffd606021250100a868656c6c6f202c2074686973206973207a7374640a040014e2290e000392aa6bea0207',
  'hex',
)
const SKIPPABLE = Buffer.from('502a4d1803000000aabbcc', 'hex')
const ENOUGH = { maxBytes: 1_000_000, hold: () => {} }

const decoders: Array<[string, typeof decodeZstd]> = [
  ['the library', (body, limit) => decodeZstd(body, limit, decodeByLibrary)],
]
if ('zstdDecompress' in zlib) decoders.push(['this Node', decodeZstd])

describe.each(decoders)('by %s', (_name, decode) => {
  test.each([
    ['of unknown size with a checksum', STREAMED, TEXT],
    ['of known size', SIZED, TEXT],
    ['that are several', Buffer.concat([SIZED, STREAMED, SIZED]), TEXT.repeat(3)],
    ['between skippable ones', Buffer.concat([SKIPPABLE, SIZED, SKIPPABLE]), TEXT],
    ['of raw and run-length blocks', zstdFrame([Buffer.from('raw'), { repeat: 5, byte: 0x78 }]), 'rawxxxxx'],
    ['without content', zstdFrame([Buffer.alloc(0)]), ''],
  ])('frames %s are decompressed', async (_frames, body, text) => {
    expect((await decode(body, ENOUGH)).toString()).toBe(text)
  })

  test('exactly as much as is allowed is, and one byte more is not', async () => {
    for (const body of [STREAMED, SIZED]) {
      expect(await decode(body, { ...ENOUGH, maxBytes: TEXT.length })).toHaveLength(TEXT.length)
      await expect(decode(body, { ...ENOUGH, maxBytes: TEXT.length - 1 })).rejects.toMatchObject({
        status: 413,
      })
    }
    await expect(
      decode(Buffer.concat([SIZED, STREAMED]), { ...ENOUGH, maxBytes: TEXT.length * 2 - 1 }),
    ).rejects.toMatchObject({ status: 413 })
  })

  test('a bomb of a few kilobytes is refused', async () => {
    const bomb = zstdFrame(Array.from({ length: 2_000 }, () => ({ repeat: 128 * 1024, byte: 0x5b })))
    await expect(decode(bomb, ENOUGH)).rejects.toMatchObject({ status: 413 })
  })

  test('a body cut off anywhere is refused', async () => {
    for (let length = 1; length < SIZED.length; length += 1) {
      await expect(decode(SIZED.subarray(0, length), ENOUGH)).rejects.toThrow(RangeError)
    }
    await expect(decode(STREAMED.subarray(0, -1), ENOUGH)).rejects.toThrow('cut off')
  })

  test.each([
    ['no frame', Buffer.from('{"source_ip":"203.0.113.7"}')],
    ['something behind its frame', Buffer.concat([SIZED, Buffer.from('more than this')])],
    ['a window beyond 8 MiB', zstdFrame([Buffer.from('x')], 0x71)],
    ['another size than it says', Buffer.from('28b52ffd20060900006162', 'hex')],
    ['more frames than anybody sends', Buffer.concat(Array.from({ length: 65 }, () => SIZED))],
  ])('a body of %s is refused', async (_body, body) => {
    await expect(decode(body, ENOUGH)).rejects.toThrow()
  })

  test('damaged blocks are refused or give bytes, and never hang or exceed the limit', async () => {
    for (let at = 6; at < SIZED.length; at += 3) {
      const damaged = Buffer.from(SIZED)
      damaged.writeUInt8(damaged.readUInt8(at) ^ 0xff, at)
      const decoded = await decode(damaged, ENOUGH).catch(() => Buffer.alloc(0))
      expect(decoded.length).toBeLessThanOrEqual(ENOUGH.maxBytes)
    }
  })
})
