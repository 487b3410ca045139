import fc from 'fast-check'
import { parse, v5 } from 'uuid'
import { expect, test } from 'vitest'
import { canonicalJson, uuidV5 } from './identity.js'

test('a name-based UUID is the one that RFC 9562 defines', () => {
  const dns = '6ba7b810-9dad-11d1-80b4-00c04fd430c8'
  expect(uuidV5('www.example.com', parse(dns))).toBe('2ed6657d-e927-568b-95e1-2665a8aea6a2')
  fc.assert(
    fc.property(fc.uuid(), fc.string({ unit: 'grapheme' }), (namespace, name) => {
      expect(uuidV5(name, parse(namespace))).toBe(v5(name, namespace))
    }),
  )
})

/** The same by the definition alone: what it was when the ids of stored events were made. */
function canonicalByDefinition(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalByDefinition).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const members = Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${canonicalByDefinition(member)}`)
  return `{${members.join(',')}}`
}

test('canonical JSON is JSON with its keys in the order of their code units', () => {
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'grapheme', minLength: 120 }),
  )
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      text,
      fc.double(),
      fc.constantFrom(null, true, false, undefined),
      fc.array(tie('value')),
      fc.dictionary(text, tie('value')),
    ),
  }))
  fc.assert(
    fc.property(value, (json) => {
      expect(canonicalJson(json)).toBe(canonicalByDefinition(json))
    }),
  )
})
