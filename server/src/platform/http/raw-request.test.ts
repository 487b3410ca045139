import { expect, test } from 'vitest'
import { readableAddresses, readRawRequest } from './raw-request.js'

test.each([
  ['/health', '/health'],
  ['/a%20b?c=%zz', '/a%20b?c=%zz'],
  ['/%zz', '/%25zz'],
  ['/%ff/%41?d=%ff', '/%25ff/%2541?d=%ff'],
  ['/%', '/%25'],
  ['/services/collector/event/', '/services/collector/event'],
  ['/services/collector/event/?a=/', '/services/collector/event?a=/'],
  ['/c/', '/c/'],
])('%s is read as %s', (url, read) => {
  expect(readRawRequest({ url, headers: {} })).toBe(read)
  expect(() => decodeURIComponent(read.split('?')[0] ?? '')).not.toThrow()
})

test.each([
  ['http://files.example.org/c/a?b', '/c/a?b', 'files.example.org'],
  ['HTTPS://files.example.org:8443', '/', 'files.example.org:8443'],
  ['http://files.example.org?b=c', '/?b=c', 'files.example.org'],
  ['http://files.example.org/%zz', '/%25zz', 'files.example.org'],
  ['http:///c/a', 'http:///c/a', 'soc.example.org'],
  ['/http://files.example.org/', '/http://files.example.org/', 'soc.example.org'],
  ['*', '*', 'soc.example.org'],
])('the target %s is %s of %s', (url, path, host) => {
  const headers = { host: 'soc.example.org' }
  expect(readRawRequest({ url, headers })).toBe(path)
  expect(headers.host).toBe(host)
})

test.each([
  ['9.9.9.9', '9.9.9.9'],
  ['9.9.9.9:5555', '9.9.9.9'],
  ['[2A00::1]:80, 192.0.2.1', '2a00::1, 192.0.2.1'],
  ['[2a00::1],2a00::2', '2a00::1, 2a00::2'],
  ['::ffff:9.9.9.9', '9.9.9.9'],
  ['unknown', ''],
  ['9.9.9.9, unknown', ''],
  ['unknown, 9.9.9.9', '9.9.9.9'],
  ['198.51.100.1, _hidden, 9.9.9.9, 192.0.2.1:1', '9.9.9.9, 192.0.2.1'],
  ['9.9.9.9:', '9.9.9.9'],
  ['9.9.9.9:x', ''],
  ['', ''],
  ["9.9.9.9'--", ''],
])('of X-Forwarded-For %j, %j can be read', (forwarded, addresses) => {
  expect(readableAddresses(forwarded)).toBe(addresses)
})
