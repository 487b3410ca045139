import { expect, test } from 'vitest'
import { createDeviceCookies, DEVICE_COOKIE_DAYS } from './device-cookies.js'

const DAY_MS = 86_400_000

test('a device is known to its user alone, whatever the case of the name, until its cookie is too old', () => {
  let at = 1_700_000_000_000
  const cookies = createDeviceCookies('a secret', () => at)
  const value = cookies.issue('Ann')
  const device = cookies.read(value, 'ann')
  expect(device).toMatch(/^[\w-]{22}$/)
  expect(cookies.read(value, 'ANN')).toBe(device)
  expect(cookies.read(value, 'bob')).toBeNull()
  expect(createDeviceCookies('another secret', () => at).read(value, 'ann')).toBeNull()
  at += DEVICE_COOKIE_DAYS * DAY_MS
  expect(cookies.read(value, 'ann')).toBeNull()
})

test('what is no cookie of ours is no device', () => {
  const cookies = createDeviceCookies('a secret', () => 0)
  const value = cookies.issue('ann')
  const [device, expires, mac] = value.split('.') as [string, string, string]
  const forged = [
    '',
    'x',
    '..',
    `${device}.${expires}.`,
    `${device}.9999999999.${mac}`,
    `x${value}`,
    `${value}.x`,
  ]
  for (const each of forged) expect([each, cookies.read(each, 'ann')]).toEqual([each, null])
})
