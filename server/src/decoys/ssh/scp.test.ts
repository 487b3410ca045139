import { expect, test } from 'vitest'
import { scpRequestOf } from './scp.js'

test.each([
  ['scp -t /tmp', { direction: 'receive', path: '/tmp' }],
  ["  /usr/bin/scp -v -p -t -- 'a b'  ", { direction: 'receive', path: 'a b' }],
  ['scp -f /etc/passwd\n', { direction: 'send', path: '/etc/passwd' }],
  ['scp -v /tmp', null],
  ['scp /tmp other:', null],
  ['scp -t /tmp\nid', null],
  ['scpd -t /tmp', null],
])('%j', (command, request) => {
  expect(scpRequestOf(command)).toEqual(request)
})

test('a command of many blanks is read in time that grows with its length', () => {
  expect(scpRequestOf(`scp -t${' '.repeat(200_000)}y\nx`)).toBeNull()
  expect(scpRequestOf(`scp -t y${' '.repeat(200_000)}x`)?.path).toHaveLength(200_002)
})
