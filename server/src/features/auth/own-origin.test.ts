import { expect, test } from 'vitest'
import { isOwnOrigin } from './own-origin.js'

const OTHERS = ['https://twin.example.org', 'https://portal.example.org:8443']

test.each([
  ['a program without an origin', undefined, '10.0.0.1:8000', true],
  ['a page of this server', 'http://10.0.0.1:8000', '10.0.0.1:8000', true],
  ['its public name', 'https://twin.example.org', '10.0.0.1:8000', true],
  ['an origin that may call it', 'https://portal.example.org:8443', '10.0.0.1:8000', true],
  ['another port', 'http://10.0.0.1:9000', '10.0.0.1:8000', false],
  ['another site', 'https://evil.example.com', '10.0.0.1:8000', false],
  ['a name that begins alike', 'https://twin.example.org.evil.example.com', '10.0.0.1:8000', false],
  ['a sandboxed frame', 'null', '10.0.0.1:8000', false],
  ['nonsense', '//', '10.0.0.1:8000', false],
])('%s', (_who, origin, host, expected) => {
  const headers = origin === undefined ? {} : { origin }
  expect(isOwnOrigin({ headers, host }, OTHERS)).toBe(expected)
})
