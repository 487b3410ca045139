import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type {
  EvidenceFile,
  EvidenceSighting,
  Page,
  Recording,
  RecordingFrames,
  Session,
} from '@eviltwin/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { encodeTtylog } from '../server/src/testing/ttylog.js'
import {
  createInstallation,
  type Installation,
  PASSWORD,
  type RunningServer,
  reader,
  SENSOR_KEY,
} from './server-process.js'

const directory = mkdtempSync(join(tmpdir(), 'eviltwin-tail-ttylogs-'))
const tty = join(directory, 'tty')
let installation: Installation
let server: RunningServer
beforeAll(async () => {
  mkdirSync(tty)
  installation = await createInstallation({ ADMIN_PASSWORD: PASSWORD, BOOTSTRAP_SENSOR_KEY: SENSOR_KEY })
  server = await installation.start()
})
afterAll(async () => {
  await server?.kill('SIGTERM')
  installation?.remove()
  rmSync(directory, { recursive: true, force: true })
})

test('tail sends the ttylogs that Cowrie closed, to their sessions', async () => {
  writeFileSync(
    join(tty, '0f3a'),
    encodeTtylog(1_774_180_800, [
      [0.5, 'output', '$ '],
      [1, 'input', 'id\r'],
      [1.25, 'output', 'uid=0(root)\n'],
    ]),
  )
  writeFileSync(join(directory, 'secret'), 'secret')
  symlinkSync(join(directory, 'secret'), join(tty, 'link'))
  const base = {
    src_ip: '203.0.113.9',
    session: 'c0ffee',
    sensor: 'cowrie-9',
    timestamp: new Date().toISOString(),
  }
  const events = [
    { eventid: 'cowrie.session.connect', ...base },
    { eventid: 'cowrie.client.size', width: 132, height: 43, ...base },
    { eventid: 'cowrie.command.input', input: 'id', ...base },
    { eventid: 'cowrie.log.closed', ttylog: 'var/lib/cowrie/tty/0f3a', ...base },
    { eventid: 'cowrie.log.closed', ttylog: 'var/lib/cowrie/tty/link', ...base, session: 'other' },
  ]
  const log = join(directory, 'cowrie.json')
  writeFileSync(log, events.map((event) => `${JSON.stringify(event)}\n`).join(''))

  const { code, stdout } = await installation.run('tail', log, '--ttylogs', tty, '--once')
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('it is a symbolic link') })
  const read = await reader(installation.url)
  const { items: sessions } = await read<Page<Session>>('/sessions?sensor_id=cowrie-9&event_type=command')
  const [session] = sessions
  const { items } = await read<Page<Recording>>(`/sessions/${session?.id}/recordings`)
  expect(items).toMatchObject([
    {
      name: '0f3a',
      format: 'cowrie-ttylog',
      is_complete: true,
      width: 132,
      height: 43,
      session_id: session?.id,
    },
  ])
  const { frames } = await read<RecordingFrames>(`/recordings/${items[0]?.id}/frames`)
  expect(frames).toEqual([
    [0.5, 'o', '$ '],
    [1, 'i', 'id\r'],
    [1.25, 'o', 'uid=0(root)\r\n'],
  ])
})

test('tail sends the files of a folder of downloads, each once, and no link or unfinished file', async () => {
  const downloads = join(directory, 'downloads')
  mkdirSync(downloads)
  const bot = '#!/bin/sh\necho a bot of the test\n'
  const minuteAgo = Date.now() / 1000 - 60
  for (const [name, content] of [
    ['x86', bot],
    ['tmpunfinished', 'half'],
  ] as const) {
    writeFileSync(join(downloads, name), content)
    utimesSync(join(downloads, name), minuteAgo, minuteAgo)
  }
  symlinkSync(join(directory, 'secret'), join(downloads, 'link'))
  const log = join(directory, 'empty.json')
  writeFileSync(log, '')
  const tail = () => installation.run('tail', log, '--downloads', downloads, '--sensor', 'cowrie-9', '--once')
  const { code, stdout } = await tail()
  expect([code, stdout.match(/"File sent"/g)?.length]).toEqual([0, 1])
  expect((await tail()).stdout).not.toContain('File sent')
  const read = await reader(installation.url)
  const sha256 = createHash('sha256').update(bot).digest('hex')
  const { items } = await read<Page<EvidenceFile>>('/evidence/files?sensor_id=cowrie-9')
  expect(items).toMatchObject([{ sha256, type: 'text/x-shellscript', sightings: 1 }])
  const { items: seen } = await read<Page<EvidenceSighting>>(`/evidence/files/${sha256}/sightings`)
  expect(seen).toMatchObject([{ name: 'x86', session_key: '', session_id: null }])
})

test('a file of the folder belongs to the session that the log of Cowrie names', async () => {
  const downloads = join(directory, 'cowrie-downloads')
  mkdirSync(downloads)
  const bot = '#!/bin/sh\necho a bot with a session\n'
  const sha256 = createHash('sha256').update(bot).digest('hex')
  const minuteAgo = Date.now() / 1000 - 60
  writeFileSync(join(downloads, sha256), bot)
  utimesSync(join(downloads, sha256), minuteAgo, minuteAgo)
  const event = {
    eventid: 'cowrie.session.file_download',
    session: 'd00d1e',
    src_ip: '203.0.113.10',
    sensor: 'cowrie-10',
    timestamp: new Date().toISOString(),
    url: 'http://192.0.2.80/bot.sh',
    outfile: `var/lib/cowrie/downloads/${sha256}`,
    destfile: 'bot.sh',
    shasum: sha256,
  }
  const log = join(directory, 'downloads.json')
  writeFileSync(log, `${JSON.stringify(event)}\n`)
  const { code } = await installation.run('tail', log, '--downloads', downloads, '--once')
  expect(code).toBe(0)
  const read = await reader(installation.url)
  const { items: sessions } = await read<Page<Session>>('/sessions?sensor_id=cowrie-10')
  const { items: seen } = await read<Page<EvidenceSighting>>(`/evidence/files/${sha256}/sightings`)
  expect(seen).toMatchObject([
    { name: 'bot.sh', session_key: 'd00d1e', sensor_id: 'cowrie-10', session_id: sessions[0]?.id },
  ])
})
