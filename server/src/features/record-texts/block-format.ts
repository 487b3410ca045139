/**
 * A block holds the texts of the records of one commit: their number, the length of each in bytes, then the texts in UTF-8, one after the
 * other. Numbers are unsigned 32-bit integers, little endian.
 */
const NUMBER_BYTES = 4

/** @returns the block of some texts; their places are those of the array. */
export function encodeBlock(texts: readonly string[]): Buffer {
  const lengths = texts.map((text) => Buffer.byteLength(text))
  const start = NUMBER_BYTES * (1 + texts.length)
  const block = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + length, start))
  block.writeUInt32LE(texts.length, 0)
  let at = start
  texts.forEach((text, place) => {
    const length = lengths[place] ?? 0
    block.writeUInt32LE(length, NUMBER_BYTES * (1 + place))
    at += block.write(text, at, length)
  })
  return block
}

/** @returns the text in a place of a block. @throws {RangeError} when it has no such place. */
export function textAt(block: Buffer, place: number): string {
  const count = block.readUInt32LE(0)
  if (!Number.isInteger(place) || place < 0 || place >= count)
    throw new RangeError(`the block has ${count} texts, none in place ${place}`)
  let at = NUMBER_BYTES * (1 + count)
  for (let before = 0; before < place; before += 1) at += block.readUInt32LE(NUMBER_BYTES * (1 + before))
  return block.toString('utf8', at, at + block.readUInt32LE(NUMBER_BYTES * (1 + place)))
}
