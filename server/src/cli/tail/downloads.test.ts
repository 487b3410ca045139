import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { realLines } from '../../testing/real-data.js'
import { silent } from '../../testing/silent.js'
import { openDownloadOwners } from './download-owners.js'
import { createDownloads } from './downloads.js'
import { type FileRefusal, type FileToSend, putFile } from './put-file.js'
import { openSentFiles } from './sent-files.js'

const hashOf = (text: string) => createHash('sha256').update(text).digest('hex')
const AWAY: FileRefusal = {
  refusal: 'away',
  final: false,
  isOfFile: false,
  unreachable: true,
  retryAfterMs: 0,
}

const COWRIE = realLines('cowrie')
let root: string
let folder: string
let clock: number
let sent: FileToSend[]
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

async function open(
  put: (file: FileToSend) => Promise<FileRefusal | null> = async (file) => {
    const answer = answers.shift() ?? null
    if (answer === null) sent.push(file)
    return answer
  },
) {
  const log = silent('test')
  return createDownloads({
    directory: folder,
    sent: await openSentFiles(join(root, 'state.json'), 100, log),
    owners: await openDownloadOwners({
      stateFile: join(root, 'owners.json'),
      sensor: 'tail-1',
      log,
      maxOwners: 3,
    }),
    sensor: 'tail-1',
    maxBytes: 100,
    put,
    log,
    now: () => clock,
    random: () => 0,
  })
}
const hashes = () => sent.map(({ sha256 }) => sha256)

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
  expect(hashes()).toEqual([hashOf('bot'), hashOf('another')])
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
  expect(hashes()).toEqual([hashOf('x'.repeat(100))])
  clock += 4_000
  expect(await downloads.pass()).toBe('moved')
  expect(hashes()).toEqual([hashOf('x'.repeat(100)), hashOf('young')])
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
  expect(hashes()).toEqual([hashOf('bot')])
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
  const target = { url: 'http://127.0.0.1:9', key: 'k', keyHint: '' }
  const downloads = await open(async (file) => {
    if (file.path.endsWith('gone')) rmSync(file.path)
    else {
      sent.push(file)
      return null
    }
    return putFile(file, target, request.signal)
  })
  expect(await downloads.pass()).toBe('moved')
  write('next', 'next')
  expect(await downloads.pass()).toBe('moved')
  expect(hashes()).toEqual([hashOf('next')])
})

const fileEvent = (text: string, more: Record<string, unknown> = {}) =>
  `${JSON.stringify({
    eventid: 'cowrie.session.file_download',
    session: 'c0ffee',
    src_ip: '203.0.113.7',
    sensor: 'cowrie-1',
    shasum: hashOf(text).toUpperCase(),
    ...more,
  })}\n`

test('a file has the session, sensor, address and name that the log of Cowrie states', async () => {
  const downloads = await open()
  const { sensor: _, ...unnamed } = JSON.parse(fileEvent('two', { eventid: 'cowrie.session.file_upload' }))
  await downloads.note(Buffer.from(`${fileEvent('one', { filename: 'bot.sh' })}${JSON.stringify(unnamed)}\n`))
  for (const text of ['one', 'two', 'three']) write(hashOf(text), text)
  while ((await downloads.pass()) === 'moved');
  expect(sent.map(({ path: _path, ...file }) => file).sort((a, b) => (a.sha256 < b.sha256 ? -1 : 1))).toEqual(
    [
      {
        sha256: hashOf('one'),
        session: 'c0ffee',
        source_ip: '203.0.113.7',
        sensor: 'cowrie-1',
        name: 'bot.sh',
      },
      {
        sha256: hashOf('two'),
        session: 'c0ffee',
        source_ip: '203.0.113.7',
        sensor: 'tail-1',
        name: hashOf('two'),
      },
      { sha256: hashOf('three'), sensor: 'tail-1', name: hashOf('three') },
    ].sort((a, b) => (a.sha256 < b.sha256 ? -1 : 1)),
  )
})

test('what a line stated is known after a restart; the last session counts, and only so many files are remembered', async () => {
  const first = await open()
  await first.note(Buffer.from(['a', 'b', 'c'].map((text) => fileEvent(text)).join('')))
  await first.note(Buffer.from(fileEvent('a', { session: 'later' }) + fileEvent('d')))
  const owners = await openDownloadOwners({
    stateFile: join(root, 'owners.json'),
    sensor: undefined,
    log: silent('test'),
  })
  expect(['a', 'b', 'c', 'd'].map((text) => owners.of(hashOf(text))?.session)).toEqual([
    'later',
    undefined,
    'c0ffee',
    'c0ffee',
  ])
})

test('lines that the server would refuse a file for leave it without a session, and a hostile name is made fit', async () => {
  const downloads = await open()
  await downloads.note(
    Buffer.from(
      [
        fileEvent('a', { session: 'x'.repeat(257) }),
        fileEvent('b', { session: 7 }),
        fileEvent('c', { filename: `\0${'n'.repeat(600)}` }),
        'cowrie.session.file_download is no JSON\n',
        `{"eventid":"cowrie.command.input","input":"cowrie.session.file_upload","shasum":"${hashOf('d')}","session":"s"}\n`,
      ].join(''),
    ),
  )
  for (const text of ['a', 'b', 'c', 'd']) write(text, text)
  while ((await downloads.pass()) === 'moved');
  const byHash = new Map(sent.map((file) => [file.sha256, file]))
  expect(['a', 'b', 'c', 'd'].map((text) => byHash.get(hashOf(text))?.session)).toEqual([
    undefined,
    undefined,
    'c0ffee',
    undefined,
  ])
  expect(byHash.get(hashOf('c'))?.name).toBe('n'.repeat(512))
})

test.skipIf(COWRIE.length === 0)(
  'real lines of Cowrie state the session of each of their files',
  async () => {
    const owners = await openDownloadOwners({
      stateFile: join(root, 'real.json'),
      sensor: undefined,
      log: silent('test'),
    })
    await owners.note(Buffer.from(COWRIE.join('\n')))
    const events = COWRIE.map((line) => JSON.parse(line)).filter(({ eventid }) =>
      /^cowrie\.session\.file_(?:down|up)load$/.test(eventid),
    )
    expect(events.length).toBeGreaterThan(0)
    const newest = new Map(events.map((event) => [event.shasum, event]))
    for (const [shasum, { session, src_ip, sensor }] of newest)
      expect(owners.of(shasum)).toMatchObject({ session, source_ip: src_ip, sensor })
  },
)
