import { expect, test } from 'vitest'
import { createSeal, UnsealError } from './seal.js'

const seal = createSeal('a secret key of at least 32 characters')

test('what was sealed opens in its own context, and looks different every time', () => {
  const [one, two] = [seal.encrypt('geheim ✓', 'channel 1'), seal.encrypt('geheim ✓', 'channel 1')]
  expect(seal.decrypt(one, 'channel 1')).toBe('geheim ✓')
  expect(one.equals(two)).toBe(false)
})

test('nothing opens elsewhere, under another key, or changed', () => {
  const sealed = seal.encrypt('geheim', 'channel 1')
  const changed = Buffer.from(sealed)
  changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1
  expect(() => seal.decrypt(sealed, 'channel 2')).toThrow(UnsealError)
  expect(() => createSeal('another key of at least 32 characters').decrypt(sealed, 'channel 1')).toThrow(
    UnsealError,
  )
  expect(() => seal.decrypt(changed, 'channel 1')).toThrow(UnsealError)
  expect(() => seal.decrypt(Buffer.alloc(3), 'channel 1')).toThrow(UnsealError)
})
