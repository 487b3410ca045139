import fc from 'fast-check'
import { parse, v5 } from 'uuid'
import { expect, test } from 'vitest'
import { uuidV5 } from './identity.js'

test('a name-based UUID is the one that RFC 9562 defines', () => {
  const dns = '6ba7b810-9dad-11d1-80b4-00c04fd430c8'
  expect(uuidV5('www.example.com', parse(dns))).toBe('2ed6657d-e927-568b-95e1-2665a8aea6a2')
  fc.assert(
    fc.property(fc.uuid(), fc.string({ unit: 'grapheme' }), (namespace, name) => {
      expect(uuidV5(name, parse(namespace))).toBe(v5(name, namespace))
    }),
  )
})
