import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { RotatingFileStream } from 'rotating-file-stream'
import { afterEach, expect, test, vi } from 'vitest'
import { until } from '../../testing/until.js'
import { openLogFile } from './log-destinations.js'

const cleanups: Array<() => unknown> = []
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean()
})

function openIn(prepare: (path: string) => void) {
  const directory = mkdtempSync(join(tmpdir(), 'eviltwin-log-'))
  cleanups.push(() => rmSync(directory, { recursive: true, force: true }))
  const path = join(directory, 'backend.jsonl')
  prepare(path)
  const outages: string[] = []
  const recoveries: number[] = []
  const file = openLogFile({
    path,
    onOutage: (error) => outages.push(error.message),
    onRecovery: (lostLines) => recoveries.push(lostLines),
    firstRetryMs: 5,
  })
  cleanups.push(() => file.close())
  return { path, file, outages, recoveries }
}

test('lines are in the file once it is closed', async () => {
  const { path, file, outages } = openIn(() => {})
  file.write('one\n')
  file.write('two\n')
  await file.close()
  expect(readFileSync(path, 'utf8')).toBe('one\ntwo\n')
  expect(outages).toEqual([])
})

test('lines are written in blocks', async () => {
  const { path, file } = openIn(() => {})
  const writes = vi.spyOn(RotatingFileStream.prototype, 'write')
  cleanups.push(() => writes.mockRestore())
  for (let line = 0; line < 1_000; line += 1) file.write(`${line}\n`)
  await file.close()
  expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(1_001)
  expect(writes).toHaveBeenCalledTimes(1)
})

test('a file that cannot be written is tried again: one outage, one recovery with what was lost', async () => {
  const { path, file, outages, recoveries } = openIn(mkdirSync)
  let written = 0
  // Each is a block of its own, so that it is not kept until there is a file.
  const rest = 'x'.repeat(64 * 1024)
  const write = () => {
    file.write(`${written} ${rest}\n`)
    written += 1
  }
  write()
  await until(() => outages.length > 0)
  for (let line = 0; line < 20; line += 1) write()
  rmdirSync(path)
  await until(() => {
    write()
    return recoveries.length > 0
  })
  await file.close()
  const kept = readFileSync(path, 'utf8').trim().split('\n').map(Number.parseFloat)
  expect(outages).toEqual([expect.stringContaining(path)])
  expect(recoveries).toEqual([written - kept.length])
  expect(kept.at(-1)).toBe(written - 1)
  expect(recoveries[0]).toBeGreaterThan(20)
})

test('lines that wait for the disk take at most 64 MiB; later ones are counted as lost', async () => {
  const { path, file, outages, recoveries } = openIn(() => {})
  const line = `${'x'.repeat(1024 * 1024 - 1)}\n`
  // No turn of the event loop is between them: nothing can be written meanwhile.
  for (let n = 0; n < 66; n += 1) file.write(line)
  await until(() => recoveries.length > 0)
  await file.close()
  expect({ outages, recoveries }).toEqual({ outages: [], recoveries: [2] })
  const files = readdirSync(dirname(path)).filter((name) => name.startsWith('backend.jsonl'))
  const bytes = files.reduce((sum, name) => sum + statSync(join(dirname(path), name)).size, 0)
  expect(bytes).toBe(64 * 1024 * 1024)
})
