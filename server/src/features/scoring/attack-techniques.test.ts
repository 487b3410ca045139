import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ATTACK_ENTERPRISE } from '../../testing/real-data.js'
import { ATTACK_17_1 } from './attack-17.1.js'
import { ATTACK_TACTICS, techniqueNamed } from './attack-techniques.js'

test('the list is as long as MITRE says of v17, and no technique stands there twice', () => {
  const ids = ATTACK_17_1.match(/^T\d{4} \[/gm) ?? []
  expect(ids).toHaveLength(211)
  expect(ATTACK_17_1.match(/^\.\d{3} \S/gm)).toHaveLength(468)
  expect(new Set(ids).size).toBe(ids.length)
})

test('techniques and sub-techniques are found by id, with every tactic that they serve', () => {
  expect(techniqueNamed('T1059')).toEqual({
    id: 'T1059',
    name: 'Command and Scripting Interpreter',
    tactics: ['Execution'],
  })
  expect(techniqueNamed('T1557.004')?.name).toBe('Evil Twin')
  expect(techniqueNamed('T1053.003')?.tactics).toEqual(['Execution', 'Persistence', 'Privilege Escalation'])
  expect(['T9999', 'T1059.099', '.001', '#', '', 'constructor'].map(techniqueNamed)).toEqual(
    Array(6).fill(null),
  )
})

test('an id that v17 deprecated leads to what took its place', () => {
  expect(techniqueNamed('T1574.002')).toMatchObject({ id: 'T1574.001', name: 'DLL' })
})

test.runIf(existsSync(ATTACK_ENTERPRISE))("every id, name and tactic is that of MITRE's own list", () => {
  const rows = readFileSync(ATTACK_ENTERPRISE, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split('\t'))
  expect(rows.length).toBe(679)
  const inOrder = (tactics: string) =>
    ATTACK_TACTICS.filter((tactic) => tactics.split(',').includes(tactic.toLowerCase().replaceAll(' ', '-')))
  for (const [id = '', name, tactics = ''] of rows)
    expect(techniqueNamed(id)).toEqual({ id, name, tactics: inOrder(tactics) })
})
