import { decode, encode } from 'dns-packet'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type DnsZone, errorTo, responseTo, truncatedTo } from './answer.js'
import { readQuery } from './query.js'

const ZONE: DnsZone = { name: 'c.example.org', address: '192.0.2.53', proofOf: () => null }
const QUERY = encode({
  id: 7,
  questions: [{ type: 'A', name: 'data.token.c.example.org' }],
  additionals: [
    {
      type: 'OPT',
      name: '.',
      udpPayloadSize: 4096,
      extendedRcode: 0,
      ednsVersion: 0,
      flags: 0,
      flag_do: false,
      options: [{ code: 8, ip: '198.51.100.0', sourcePrefixLength: 24, scopePrefixLength: 0 }],
    },
  ],
})

/** A query of which some bytes are others, and whose end may be missing or longer. */
const nearlyQueries = fc
  .tuple(
    fc.array(fc.tuple(fc.nat(QUERY.length - 1), fc.nat(255)), { maxLength: 8 }),
    fc.nat(QUERY.length),
    fc.uint8Array({ maxLength: 40 }),
  )
  .map(([changes, length, more]) => {
    const bytes = Buffer.from(QUERY)
    for (const [offset, value] of changes) bytes[offset] = value
    return Buffer.concat([bytes.subarray(0, length), more])
  })
const messages = fc.oneof(
  nearlyQueries,
  fc.uint8Array({ maxLength: 1_400 }).map((bytes) => Buffer.from(bytes)),
)

test('whatever arrives, it is ignored or answered with its id, by a response of at most four times its bytes', () => {
  fc.assert(
    fc.property(messages, (message) => {
      const query = readQuery(message)
      if ('problem' in query && query.problem === 'ignore') return
      const responses =
        'problem' in query ? [errorTo(query)] : [truncatedTo(query), responseTo(ZONE, query, message.length)]
      for (const response of responses) {
        expect(response.length).toBeLessThanOrEqual(4 * message.length)
        expect(response.readUInt16BE(0)).toBe(message.readUInt16BE(0))
        expect(response.readUInt16BE(2) & 0x8000).toBe(0x8000)
        // What is sent can be read.
        if (!('problem' in query) && response.readUInt16BE(6) + response.readUInt16BE(8) > 0) decode(response)
      }
      if (!('problem' in query)) expect(responseTo(ZONE, query, null).length).toBeLessThan(1_232)
    }),
    { numRuns: 5_000 },
  )
})

test('names that refer to themselves are malformed', () => {
  const header = QUERY.subarray(0, 12)
  const loop = Buffer.concat([header, Buffer.from([0xc0, 0x0c, 0, 1, 0, 1])])
  expect(readQuery(loop)).toMatchObject({ problem: 'malformed', id: 7 })
})
