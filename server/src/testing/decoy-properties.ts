import fc from 'fast-check'
import type { CreateDecoy, DecoyAction } from '../decoys/decoy.js'
import { cutAt, feed, testIdentity } from './decoy-harness.js'
import { silent } from './silent.js'

/** Records of one connection, and the one about those left out. */
const MAX_RECORDS = 1_001
const MAX_TEXT = 8_192

interface StreamOptions {
  /** Of the identity. */
  seed?: string
  /** What of a record must not depend on how the bytes arrive; by default everything. */
  comparable?: (action: DecoyAction) => unknown
}

/**
 * Gives a decoy streams made of these parts and of noise, whole and cut, and compares what it recorded. @throws {Error} where a decoy throws,
 * or records more, longer or other things.
 */
export async function assertAnyStream(
  create: CreateDecoy,
  parts: readonly string[],
  { seed, comparable = (action) => action }: StreamOptions = {},
): Promise<void> {
  const decoy = create({ identity: testIdentity(seed), log: silent('decoy'), now: () => 1_700_000_000_000 })
  const part = fc.oneof(
    fc.constantFrom(...parts).map((text) => Buffer.from(text, 'latin1')),
    fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
    fc.string({ maxLength: 40 }).map((text) => Buffer.from(`${text}\r\n`)),
  )
  const stream = fc.array(part, { maxLength: 12 }).map((all) => Buffer.concat(all))
  await fc.assert(
    fc.asyncProperty(stream, fc.array(fc.nat(2_000), { maxLength: 8 }), async (bytes, places) => {
      const whole = (await feed(decoy, [bytes])).session
      const cut = (await feed(decoy, cutAt(bytes, places))).session
      const differs =
        JSON.stringify(cut.records.map(comparable)) !== JSON.stringify(whole.records.map(comparable))
      if (differs) throw new Error(`${JSON.stringify(whole.records)}\n${JSON.stringify(cut.records)}`)
      if (whole.records.length > MAX_RECORDS) throw new Error(`${whole.records.length} records`)
      for (const { command = '', message = '' } of whole.records)
        if (Math.max(command.length, message.length) > MAX_TEXT) throw new Error('a text that is too long')
    }),
    { numRuns: 150 },
  )
}
