import { expect, test } from 'vitest'
import { ATTACK_16_1 } from './attack-16.1.js'
import { ATTACK_TACTICS, techniqueNamed } from './attack-techniques.js'

test('the list is as long as MITRE says of v16, and in the order of the matrix', () => {
  expect(ATTACK_16_1.match(/^T\d{4} \S/gm)).toHaveLength(203)
  expect(ATTACK_16_1.match(/^\.\d{3} \S/gm)).toHaveLength(453)
  expect([...ATTACK_16_1.matchAll(/^# (.+)$/gm)].map(([, tactic]) => tactic)).toEqual(ATTACK_TACTICS)
})

test('no technique stands there twice', () => {
  const ids = ATTACK_16_1.match(/^T\d{4}/gm) ?? []
  expect(new Set(ids).size).toBe(ids.length)
})

test('techniques and sub-techniques are found by id, what does not exist is not', () => {
  expect(techniqueNamed('T1059')).toEqual({ name: 'Command and Scripting Interpreter', tactic: 'Execution' })
  expect(techniqueNamed('T1557.004')).toEqual({ name: 'Evil Twin', tactic: 'Credential Access' })
  expect(techniqueNamed('T1498.002')?.tactic).toBe('Impact')
  expect(['T9999', 'T1059.099', '.001', '#', '', 'constructor'].map(techniqueNamed)).toEqual(
    Array(6).fill(null),
  )
})
