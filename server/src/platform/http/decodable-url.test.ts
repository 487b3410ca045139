import { expect, test } from 'vitest'
import { decodableUrl } from './decodable-url.js'

test.each([
  ['/health', '/health'],
  ['/a%20b?c=%zz', '/a%20b?c=%zz'],
  ['/%zz', '/%25zz'],
  ['/%ff/%41?d=%ff', '/%25ff/%2541?d=%ff'],
  ['/%', '/%25'],
])('%s is read as %s', (url, read) => {
  expect(decodableUrl(url)).toBe(read)
  expect(() => decodeURIComponent(decodableUrl(url).split('?')[0] ?? '')).not.toThrow()
})
