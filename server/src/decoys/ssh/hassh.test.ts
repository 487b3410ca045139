import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createHelloReader } from './hassh.js'

const LISTS = [
  'curve25519-sha256,ecdh-sha2-nistp256',
  'ssh-ed25519',
  'aes128-ctr,aes256-ctr',
  'aes256-ctr',
  'hmac-sha2-256',
  'hmac-sha1',
  'none',
  'zlib',
  '',
  '',
]
const text = (value: string) => {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(value.length)
  return Buffer.concat([length, Buffer.from(value)])
}

/** A binary packet of RFC 4253, section 6. */
function packet(payload: Buffer): Buffer {
  const padding = 8
  const head = Buffer.alloc(5)
  head.writeUInt32BE(1 + payload.length + padding)
  head.writeUInt8(padding, 4)
  return Buffer.concat([head, payload, Buffer.alloc(padding)])
}

const KEXINIT = Buffer.concat([Buffer.from([20]), Buffer.alloc(16, 9), ...LISTS.map(text), Buffer.alloc(5)])
const HELLO = Buffer.concat([Buffer.from('SSH-2.0-Go\r\n'), packet(KEXINIT)])
const ALGORITHMS = 'curve25519-sha256,ecdh-sha2-nistp256;aes128-ctr,aes256-ctr;hmac-sha2-256;none'

test('the hash is of the algorithms from client to server, in whatever parts they arrive', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: HELLO.length }), { maxLength: 6 }), (cuts) => {
      const reader = createHelloReader()
      const ends = [...cuts.toSorted((a, b) => a - b), HELLO.length]
      let from = 0
      const answers = ends.map((end) => {
        const answer = reader.take(HELLO.subarray(from, end))
        from = Math.max(from, end)
        return answer
      })
      expect(answers.filter((answer) => answer !== null)).toEqual([
        {
          version: 'SSH-2.0-Go',
          hassh: createHash('md5').update(ALGORITHMS).digest('hex'),
          algorithms: ALGORITHMS,
        },
      ])
    }),
  )
})

test.each([
  ['another protocol', Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n')],
  ['a line without an end', Buffer.alloc(300, 'a')],
  ['another packet', Buffer.concat([Buffer.from('SSH-2.0-x\n'), packet(Buffer.from([21, 0, 0]))])],
  [
    'a list that is longer than the packet',
    Buffer.concat([
      Buffer.from('SSH-2.0-x\n'),
      packet(Buffer.concat([Buffer.from([20]), Buffer.alloc(16), Buffer.from([0, 0, 9, 9])])),
    ]),
  ],
  [
    'a packet that is too large',
    Buffer.concat([Buffer.from('SSH-2.0-x\n'), Buffer.from([0xff, 0xff, 0xff, 0xff, 4, 20])]),
  ],
])('%s is no hello', (_name, bytes) => {
  expect(createHelloReader().take(bytes)).toBe('invalid')
})

test('whatever arrives, it does not throw, and answers once', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 20 }), (parts) => {
      const reader = createHelloReader()
      const answers = parts.map((part) => reader.take(Buffer.from(part))).filter((answer) => answer !== null)
      expect(answers.length).toBeLessThanOrEqual(1)
    }),
  )
})
