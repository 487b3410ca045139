import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createDecoder, digestOf, encode, type HpfeedsMessage, HpfeedsProtocolError } from './wire.js'

const bytes = (hex: string) => Buffer.from(hex.replaceAll(/\s/g, ''), 'hex')

/** Written by hand from the description of the protocol: length, opcode, fields. */
const CAPTURES: ReadonlyArray<readonly [name: string, hex: string, message: HpfeedsMessage]> = [
  ['an error', '00000008 00 626164', { op: 'error', text: 'bad' }],
  ['a greeting', '0000000d 01 03 706f74 01020304', { op: 'info', name: 'pot', nonce: bytes('01020304') }],
  [
    'an authentication',
    `0000001d 02 03 706f74 ${'ab'.repeat(20)}`,
    { op: 'auth', ident: 'pot', digest: bytes('ab'.repeat(20)) },
  ],
  [
    'a publication',
    '00000011 03 03 706f74 04 6368616e 7b7d 0a',
    { op: 'publish', ident: 'pot', channel: 'chan', payload: bytes('7b7d0a') },
  ],
  ['a subscription', '0000000d 04 03 706f74 6368616e', { op: 'subscribe', ident: 'pot', channel: 'chan' }],
  ['its end', '0000000d 05 03 706f74 6368616e', { op: 'unsubscribe', ident: 'pot', channel: 'chan' }],
]

const MAX_BYTES = 1_000
const decode = (...parts: Uint8Array[]) => {
  const decoder = createDecoder(MAX_BYTES)
  return parts.flatMap((part) => [...decoder.push(Buffer.from(part), () => MAX_BYTES)])
}

describe('the wire protocol of hpfeeds', () => {
  test.each(CAPTURES)('%s', (_name, hex, message) => {
    expect(decode(bytes(hex))).toEqual([message])
    expect(encode(message).toString('hex')).toBe(bytes(hex).toString('hex'))
  })

  test('the digest is SHA-1 of the nonce and the secret', () => {
    // printf '\1\2\3\4secret' | sha1sum
    expect(digestOf(bytes('01020304'), 'secret').toString('hex')).toBe(
      'bf13c597ffb288ba1d013c277c6a229a8e976b5a',
    )
  })

  test('messages are the same however the stream is cut', () => {
    const whole = Buffer.concat(CAPTURES.map(([, hex]) => bytes(hex)))
    const messages = CAPTURES.map(([, , message]) => message)
    expect(decode(...[...whole].map((byte) => Buffer.of(byte)))).toEqual(messages)
    fc.assert(
      fc.property(fc.nat(whole.length), (cut) => {
        expect(decode(whole.subarray(0, cut), whole.subarray(cut))).toEqual(messages)
      }),
    )
  })

  test.each([
    ['a length below that of a header', '00000004 00'],
    ['a length of nothing', '00000000 00'],
    ['a negative length, as the reference reads it', 'ffffffff 03'],
    ['a message that is larger than allowed', '000003e9 03'],
    ['an opcode that is unknown', '00000005 09'],
    ['a text that is longer than its message', '00000008 03 ff 6162'],
    ['a channel that is longer than its message', '0000000b 03 01 61 ff 6263 64'],
    ['a publication without anything', '00000005 03'],
  ])('%s is refused', (_name, hex) => {
    expect(() => decode(bytes(hex))).toThrow(HpfeedsProtocolError)
  })

  test('a large message is refused by its header, before it arrives; the limit itself is allowed', () => {
    const decoder = createDecoder(MAX_BYTES)
    expect(() => [...decoder.push(bytes('000000ff 03'), () => 254)]).toThrow(HpfeedsProtocolError)
    expect([...createDecoder(MAX_BYTES).push(bytes('000000ff 03'), () => 255)]).toEqual([])
  })

  test('whatever the bytes are, nothing but a protocol error is thrown', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 5 }),
        fc.nat(5),
        (parts, opcode) => {
          const length = Buffer.alloc(4)
          length.writeUInt32BE(5 + parts.reduce((sum, part) => sum + part.length, 0))
          try {
            const [message] = decode(length, Buffer.of(opcode), ...parts)
            expect(message).toBeDefined()
          } catch (error) {
            expect(error).toBeInstanceOf(HpfeedsProtocolError)
          }
        },
      ),
      { numRuns: 1_000 },
    )
  })
})
