import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** A number from 0 to `below`, without it. */
export type Random = (below: number) => number

/** Numbers that follow from a seed alone (mulberry32, public domain), so that noise can be sent again. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

const MAX_PARTS = 24
const MAX_NOISE_BYTES = 4_096
const MAX_REPEATS = 200
/** A connection that the decoy keeps open is given up. */
const PATIENCE_MS = 400
const MAX_CHUNKS = 4

/** Parts of the protocol, broken in every way, and noise between them. */
export function noiseOf(parts: readonly string[], random: Random): Buffer {
  const pieces = Array.from({ length: 1 + random(MAX_PARTS) }, () => {
    const part = Buffer.from(parts[random(parts.length)] ?? '', 'latin1')
    return alter(part, random)
  })
  return Buffer.concat(pieces)
}

/** The same bytes, or some that are broken. */
export function alter(part: Buffer, random: Random): Buffer {
  return ALTERATIONS[random(ALTERATIONS.length)]?.(part, random) ?? part
}

const ALTERATIONS: ReadonlyArray<(part: Buffer, random: Random) => Buffer> = [
  (part) => part,
  (part) => part,
  (part) => part,
  (part, random) => part.subarray(0, random(part.length + 1)),
  (part, random) => Buffer.concat(Array.from({ length: 1 + random(MAX_REPEATS) }, () => part)),
  (part, random) => {
    const altered = Buffer.from(part)
    for (let flips = 1 + random(4); flips > 0 && altered.length > 0; flips -= 1) {
      const at = random(altered.length)
      altered[at] = (altered[at] ?? 0) ^ (1 << random(8))
    }
    return altered
  },
  (_part, random) => Buffer.from(Array.from({ length: random(MAX_NOISE_BYTES) }, () => random(256))),
  (_part, random) => Buffer.alloc(random(MAX_NOISE_BYTES), random(256)),
  // What announces how much follows.
  (_part, random) => Buffer.from([255, 255, 255, random(256), random(256)]),
]

/** Opens a connection, sends the bytes in some chunks, and ends in one of the ways in which clients do. */
export async function send(port: number, localAddress: string, bytes: Buffer, random: Random): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1', localAddress })
  socket.on('error', () => {})
  const closed = once(socket, 'close').catch(() => {})
  const readsAnswers = random(4) > 0
  if (readsAnswers) socket.resume()
  else socket.pause()
  const chunks = 1 + random(MAX_CHUNKS)
  const size = Math.ceil(bytes.length / chunks)
  for (let at = 0; at < bytes.length && !socket.destroyed; at += size) {
    socket.write(bytes.subarray(at, at + size))
    if (random(2) === 0) await new Promise(setImmediate)
  }
  if (random(3) > 0) socket.end()
  await Promise.race([closed, sleep(random(PATIENCE_MS))])
  if (random(2) === 0) socket.resetAndDestroy()
  else socket.destroy()
  await closed
}
