import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { silent } from '../../testing/silent.js'
import { openDownloads } from './downloads.js'
import { type FileRefusal, putFile } from './put-file.js'

const hashOf = (text: string) => createHash('sha256').update(text).digest('hex')
const AWAY: FileRefusal = {
  refusal: 'away',
  final: false,
  isOfFile: false,
  unreachable: true,
  retryAfterMs: 0,
}

let root: string
let folder: string
let clock: number
let sent: string[]
let answers: Array<FileRefusal | null>
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'eviltwin-downloads-'))
  folder = join(root, 'downloads')
  mkdirSync(folder)
  clock = Date.now()
  sent = []
  answers = []
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const open = () =>
  openDownloads({
    directory: folder,
    state: join(root, 'state.json'),
    maxBytes: 100,
    put: async ({ sha256 }) => {
      const answer = answers.shift() ?? null
      if (answer === null) sent.push(sha256)
      return answer
    },
    log: silent('test'),
    now: () => clock,
    random: () => 0,
  })

function write(name: string, text: string, ageSeconds = 60): void {
  const path = join(folder, name)
  writeFileSync(path, text)
  const at = Date.now() / 1000 - ageSeconds
  utimesSync(path, at, at)
}

test('a whole file is sent once, also by the next process', async () => {
  write(hashOf('bot'), 'bot')
  const downloads = await open()
  expect(await downloads.pass()).toBe('moved')
  expect(await downloads.pass()).toBe('idle')
  expect(await (await open()).pass()).toBe('idle')
  write('md5-named', 'another')
  expect(await (await open()).pass()).toBe('moved')
  expect(sent).toEqual([hashOf('bot'), hashOf('another')])
})

test('links, folders, unfinished, young and large files stay', async () => {
  writeFileSync(join(root, 'secret'), 'of the machine')
  symlinkSync(join(root, 'secret'), join(folder, hashOf('of the machine')))
  mkdirSync(join(folder, 'folder'))
  for (const name of ['tmpabc', '.hidden', 'x.part', 'x.partial', 'x.tmp']) write(name, 'unfinished')
  write('large', 'x'.repeat(101))
  write('limit', 'x'.repeat(100))
  write('young', 'young', 0)
  const downloads = await open()
  expect([await downloads.pass(), await downloads.pass()]).toEqual(['moved', 'idle'])
  expect(sent).toEqual([hashOf('x'.repeat(100))])
  clock += 4_000
  expect(await downloads.pass()).toBe('moved')
  expect(sent).toEqual([hashOf('x'.repeat(100)), hashOf('young')])
})

test('while the server is away a file waits in its folder, longer each time', async () => {
  write('bot', 'bot')
  answers = [AWAY, AWAY]
  const downloads = await open()
  expect(await downloads.pass()).toBe('waiting')
  expect(downloads.failures()).toEqual({ count: 1, last: AWAY })
  clock += 240
  expect(await downloads.pass()).toBe('waiting')
  clock += 10
  expect(await downloads.pass()).toBe('waiting')
  expect(downloads.failures().count).toBe(2)
  clock += 500
  expect(await downloads.pass()).toBe('moved')
  expect(downloads.failures()).toEqual({ count: 0, last: null })
  expect(sent).toEqual([hashOf('bot')])
})

test('a file that the server never takes does not hold up the others', async () => {
  write('bad', 'bad')
  write('good', 'good')
  answers = [{ ...AWAY, isOfFile: true }]
  const downloads = await open()
  expect([await downloads.pass(), await downloads.pass(), await downloads.pass()]).toEqual([
    'moved',
    'moved',
    'idle',
  ])
  expect(sent).toHaveLength(1)
})

test('a folder that is not there yet, and a damaged state, are no end', async () => {
  rmSync(folder, { recursive: true })
  writeFileSync(join(root, 'state.json'), '{')
  const downloads = await open()
  expect(await downloads.pass()).toBe('idle')
  mkdirSync(folder)
  write('bot', 'bot')
  expect(await downloads.pass()).toBe('moved')
})

test('a file that is gone when it is to be sent is left out, and the next one is sent', async () => {
  write('gone', 'gone')
  const request = new AbortController()
  const target = { url: 'http://127.0.0.1:9', key: 'k', sensor: undefined, keyHint: '' }
  const downloads = await openDownloads({
    directory: folder,
    state: join(root, 'state.json'),
    maxBytes: 100,
    put: async (file) => {
      if (file.path.endsWith('gone')) rmSync(file.path)
      else {
        sent.push(file.sha256)
        return null
      }
      return putFile(file, target, request.signal)
    },
    log: silent('test'),
    now: () => clock,
    random: () => 0,
  })
  expect(await downloads.pass()).toBe('moved')
  write('next', 'next')
  expect(await downloads.pass()).toBe('moved')
  expect(sent).toEqual([hashOf('next')])
})
