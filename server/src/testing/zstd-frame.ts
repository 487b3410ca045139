/** A Zstandard frame of raw and run-length blocks (RFC 8878), which a decoder must read; Node 20 has no encoder. */
export function zstdFrame(
  blocks: Array<{ repeat: number; byte: number } | Buffer>,
  windowDescriptor = 0x58,
): Buffer {
  const parts = blocks.map((block, index) => {
    const isLast = Number(index === blocks.length - 1)
    const header = Buffer.alloc(3)
    if (Buffer.isBuffer(block)) {
      header.writeUIntLE((block.length << 3) | isLast, 0, 3)
      return Buffer.concat([header, block])
    }
    header.writeUIntLE((block.repeat << 3) | 2 | isLast, 0, 3)
    return Buffer.concat([header, Buffer.from([block.byte])])
  })
  return Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, windowDescriptor]), ...parts])
}
