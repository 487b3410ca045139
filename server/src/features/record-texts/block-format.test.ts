import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeBlock, textAt } from './block-format.js'
import { decodePack, encodePack } from './pack-format.js'

const texts = fc.array(fc.string({ unit: 'grapheme', maxLength: 200 }), { maxLength: 50 })

test('every text of a block is read as it was written', () => {
  fc.assert(
    fc.property(texts, (written) => {
      const block = encodeBlock(written)
      expect(written.map((_, place) => textAt(block, place))).toEqual(written)
    }),
  )
})

test('a place that a block does not have is an error', () => {
  const block = encodeBlock(['a', 'b'])
  for (const place of [-1, 2, 0.5, Number.NaN]) expect(() => textAt(block, place)).toThrow(RangeError)
})

test('every block of a pack is read as it was written, under its id', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.tuple(fc.nat({ max: Number.MAX_SAFE_INTEGER }), texts), { selector: ([id]) => id }),
      async (entries) => {
        const blocks = entries.map(([id, written]) => ({ id, content: encodeBlock(written) }))
        const read = await decodePack(await encodePack(blocks))
        expect([...read].map(([id, content]) => ({ id, content: Buffer.from(content) }))).toEqual(blocks)
      },
    ),
  )
})
