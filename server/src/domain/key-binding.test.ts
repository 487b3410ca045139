import { expect, test } from 'vitest'
import { bindingOf, mismatchOf, ownSensorOf, type StoredBinding } from './key-binding.js'

const none = { sensor_id: null, sensor_ids: null, bound_by: null, revoked: false } as const
const rows: Array<[string, StoredBinding, string | undefined, [own: boolean, other: boolean]]> = [
  ['named', { ...none, kind: 'sensor', sensor_id: 'a', bound_by: 'operator' }, 'a', [true, false]],
  ['bound', { ...none, kind: 'sensor', sensor_id: 'a', bound_by: 'first_use' }, 'a', [true, false]],
  ['unbound', { ...none, kind: 'sensor' }, undefined, [true, true]],
  ['listed', { ...none, kind: 'collector', sensor_ids: ['a', 'c'] }, undefined, [true, false]],
  ['refused', { ...none, kind: 'sensor', revoked: true }, undefined, [false, false]],
  ['any', { ...none, kind: 'collector' }, undefined, [true, true]],
  // As an older release stores it, beside a newer one.
  ['named', { ...none, kind: 'collector', sensor_id: 'a' }, 'a', [true, false]],
]

test.each(rows)('a key that is %s', (kind, stored, own, speaks) => {
  const binding = bindingOf(stored)
  expect(binding.kind).toBe(kind)
  expect(ownSensorOf(binding)).toBe(own)
  expect([mismatchOf(binding, 'a') === null, mismatchOf(binding, 'b') === null]).toEqual(speaks)
  expect(mismatchOf(binding, 'canary-wiki-0a1b2c')).toContain('canary token')
})
