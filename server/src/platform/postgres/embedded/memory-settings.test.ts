import { expect, test } from 'vitest'
import { memorySettings } from './memory-settings.js'

const GIB = 1024 ** 3

test.each([
  ['a small container', GIB / 4, ['64MB', '256MB', '32MB', '4MB']],
  ['one GiB', GIB, ['128MB', '512MB', '32MB', '4MB']],
  ['a laptop', 16 * GIB, ['2048MB', '8192MB', '512MB', '16MB']],
  ['a large server', 512 * GIB, ['2048MB', '65536MB', '512MB', '32MB']],
])('%s', (_name, limit, expected) => {
  expect(Object.values(memorySettings(limit))).toEqual(expected)
})
