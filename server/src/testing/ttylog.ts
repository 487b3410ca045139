/** An event of a ttylog: seconds since it was opened, and text or bytes. */
export type TtylogEvent = readonly [
  seconds: number,
  direction: 'input' | 'output' | 'command',
  data: string | Uint8Array,
]

const DIRECTIONS = { input: 1, output: 2, command: 3 } as const

/**
 * A ttylog as Cowrie writes it (src/cowrie/core/ttylog.py): `<iLiiLL`, 24 bytes, for each of a record that opens it, one for each event, and one
 * that closes it. @param openedAt seconds since 1970.
 */
export function encodeTtylog(openedAt: number, events: readonly TtylogEvent[]): Buffer {
  const last = events.at(-1)?.[0] ?? 0
  return Buffer.concat([
    ttylogRecord({ operation: 1, seconds: openedAt }),
    ...events.map(([seconds, direction, data]) =>
      ttylogRecord({
        operation: 3,
        direction: DIRECTIONS[direction],
        seconds: openedAt + seconds,
        data: Buffer.from(data as string),
      }),
    ),
    ttylogRecord({ operation: 2, seconds: openedAt + last }),
  ])
}

/** One record; members that are left out are 0 or empty. @param length stated instead of that of the data. */
export function ttylogRecord(record: {
  operation: number
  seconds: number
  terminal?: number
  direction?: number
  data?: Buffer
  length?: number
}): Buffer {
  const { operation, seconds, terminal = 0, direction = 0, data = Buffer.alloc(0) } = record
  const head = Buffer.alloc(24)
  head.writeInt32LE(operation, 0)
  head.writeUInt32LE(terminal, 4)
  head.writeInt32LE(record.length ?? data.length, 8)
  head.writeInt32LE(direction, 12)
  head.writeUInt32LE(Math.floor(seconds), 16)
  head.writeUInt32LE(Math.round((seconds % 1) * 1e6) % 1e6, 20)
  return Buffer.concat([head, data])
}
