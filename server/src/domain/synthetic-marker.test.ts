import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { createMarkers, markersIn } from './synthetic-marker.js'

const attack = { sensor_id: 'ssh-1', opens_at: 1_774_180_800_000, nonce: Buffer.alloc(16, 7) }
const markers = createMarkers('a secret key of the installation')

test('a marker is lower-case letters and digits, and the same each time', () => {
  expect(markers.of(attack)).toMatch(/^evtw[a-z2-7]{32}$/)
  expect(markers.of(attack)).toBe(createMarkers('a secret key of the installation').of(attack))
})

test.each([
  ['another sensor', { ...attack, sensor_id: 'ssh-2' }],
  ['another time', { ...attack, opens_at: attack.opens_at + 1 }],
  ['another nonce', { ...attack, nonce: Buffer.alloc(16, 8) }],
])('a marker proves nothing of %s', (_, other) => {
  expect(markers.isIn(`x ${markers.of(attack)} y`, other)).toBe(false)
})

test('a marker of another installation proves nothing', () => {
  expect(markers.isIn(createMarkers('a secret key of someone else').of(attack), attack)).toBe(false)
})

test('a marker is found in the text of a record, beside forged ones', () => {
  const forged = `evtw${'a'.repeat(32)}`
  expect(
    markers.isIn(JSON.stringify({ password: forged, input: `id # ${markers.of(attack)}` }), attack),
  ).toBe(true)
  expect(markersIn(`${forged} ${forged}`)).toEqual([forged])
})

test('two markers are never alike', () => {
  const made = new Set(Array.from({ length: 500 }, () => markers.of({ ...attack, nonce: randomBytes(16) })))
  expect(made.size).toBe(500)
})

test('of a text full of markers sixteen are looked at', () => {
  const text = Array.from({ length: 100 }, () => markers.of({ ...attack, nonce: randomBytes(16) })).join(' ')
  expect(markersIn(text)).toHaveLength(16)
})
