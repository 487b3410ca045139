import { mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createInstallation, type Installation } from './server-process.js'

const DAY_MS = 86_400_000
const at = (daysAgo: number) => new Date(Date.now() - daysAgo * DAY_MS).toISOString()
const line = (daysAgo: number, message: string) =>
  JSON.stringify({ level: 'ERROR', timestamp: at(daysAgo), logger: 'backend.main', message })

describe('eviltwin logs', () => {
  let installation: Installation
  beforeAll(async () => {
    installation = await createInstallation()
    const directory = join(installation.dataDir, 'logs')
    mkdirSync(directory)
    const files: Record<string, string[]> = {
      // A crash cut the last line off.
      'backend_logs.jsonl': [line(1, 'fourth'), line(0, 'fifth'), '{"level":"ERR'],
      'backend_logs.jsonl.1': [line(3, 'second'), line(2, 'third')],
      'backend_logs.jsonl.2': [line(9, 'too old'), line(6, 'first')],
      'backend_logs.jsonl.10': [line(20, 'much too old')],
    }
    for (const [name, lines] of Object.entries(files))
      writeFileSync(join(directory, name), `${lines.join('\n')}\n`)
    const longAgo = new Date(Date.now() - 20 * DAY_MS)
    utimesSync(join(directory, 'backend_logs.jsonl.10'), longAgo, longAgo)
  })
  afterAll(() => installation.remove())

  const messages = async (...args: string[]) => {
    const { code, stdout, stderr } = await installation.run('logs', ...args)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    return stdout.split('\n').flatMap((text) => (text === '' ? [] : [JSON.parse(text).message]))
  }

  test('prints a week across rotations, oldest first', async () => {
    expect(await messages()).toEqual(['first', 'second', 'third', 'fourth', 'fifth'])
  })

  test('prints since the given time', async () => {
    expect(await messages('--since', '36h')).toEqual(['fourth', 'fifth'])
    expect(await messages('--since', '30d')).toEqual([
      'much too old',
      'too old',
      'first',
      'second',
      'third',
      'fourth',
      'fifth',
    ])
  })

  test('says what it takes, and where it looked', async () => {
    const wrong = await installation.run('logs', '--since', 'yesterday')
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('90m, 24h, 7d') })
    const other = await createInstallation()
    const nothing = await other.run('logs')
    expect(nothing.code).toBe(1)
    expect(nothing.stderr).toContain(join(other.dataDir, 'logs', 'backend_logs.jsonl'))
    other.remove()
    const off = await createInstallation({ LOG_FILE: 'none' })
    expect(await off.run('logs')).toMatchObject({ code: 1, stderr: expect.stringContaining('LOG_FILE=none') })
    off.remove()
  })
})
