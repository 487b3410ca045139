// biome-ignore-all lint/suspicious/noTemplateCurlyInString: text of a shell
import { expect, test } from 'vitest'
import { testShell } from '../../testing/decoy-shell.js'
import { createByteBudget } from '../connection/byte-budget.js'

const NO_ROOM = 'No space left on device'

test.each([
  ['yes > f', `yes: write error: ${NO_ROOM}\n`, 1],
  ['seq 1 100000 > f', `seq: write error: ${NO_ROOM}\n`, 1],
  ['head -c 200K /dev/zero > f', `head: write error: ${NO_ROOM}\n`, 1],
  ['echo x > /dev/full', `-bash: echo: write error: ${NO_ROOM}\n`, 1],
  ['echo x > /dev/full || echo failed', `-bash: echo: write error: ${NO_ROOM}\nfailed\n`, 0],
  ['cat /etc/passwd > /dev/full 2> /dev/full; echo $?', '1\n', 0],
  ['{ echo a; echo b; } > /dev/full', `-bash: echo: write error: ${NO_ROOM}\n`.repeat(2), 1],
])('%s fails as on a full disk', async (command, output, status) => {
  const { shell, errors } = testShell({ limits: { fileBytes: 100_000 } })
  expect(await shell.run(command)).toMatchObject({ output, exitCode: status })
  expect(errors).toEqual([])
})

test.each([
  ['count=10', 'a device that is larger than a file may be'],
  ['', 'one that does not end'],
])('dd bs=64K %s says that there is no room: %s', async (count) => {
  const { shell } = testShell({ limits: { fileBytes: 100_000 } })
  const { output, exitCode } = await shell.run(`dd if=/dev/zero of=/tmp/f bs=64K ${count}`)
  expect(output).toMatch(
    /^dd: error writing '\/tmp\/f': No space left on device\n2\+0 records in\n1\+0 records out\n100000 bytes \(100 kB\) copied/,
  )
  expect(exitCode).toBe(1)
  expect((await shell.run('wc -c < /tmp/f')).output).toBe('100000\n')
})

test('a disk is filled up to its last byte', async () => {
  const { shell } = testShell({ limits: { fileSystemBytes: 1_500, fileBytes: 1_000 } })
  await shell.run('cd /tmp; head -c 1000 /dev/zero > a; head -c 1000 /dev/zero > b')
  expect((await shell.run('wc -c < a; wc -c < b; rm a; echo x >> b && wc -c < b')).output).toBe(
    '1000\n500\n502\n',
  )
})

test('what is long is written whole', async () => {
  const { shell } = testShell()
  const { output } = await shell.run(
    'seq 1 200000 | tail -1; printf "%s\\n" $(seq 2500) | wc -l; head -c 200000 /dev/zero | wc -c; dd if=/dev/zero bs=1000 count=300 2>/dev/null | wc -c',
  )
  expect(output).toBe('200000\n2500\n200000\n300000\n')
})

test('the files of all sessions have a limit together, and what a session had is free when it ends', async () => {
  const budget = createByteBudget(1_000, 800)
  const shares = [budget.share(), budget.share()]
  const [one, other] = shares.map((fileShare) => testShell({ fileShare }).shell)
  await one?.run('head -c 900 /dev/zero > /tmp/a')
  expect((await other?.run('head -c 300 /dev/zero > /tmp/b; wc -c < /tmp/b'))?.output).toBe(
    `head: write error: ${NO_ROOM}\n200\n`,
  )
  expect(budget.used()).toBe(1_000)
  await one?.run('rm /tmp/a; head -c 100 /dev/zero > /tmp/c')
  expect(budget.used()).toBe(300)
  shares[0]?.release()
  await one?.run('head -c 500 /dev/zero > /tmp/d')
  expect(budget.used()).toBe(200)
})

test('the variables of a shell have a limit together', async () => {
  const { shell } = testShell()
  for (let n = 0; n < 10; n += 1) await shell.run(`v${n}=$(head -c 200000 /dev/zero | tr '\\0' a)`)
  const { output } = await shell.run(
    'echo ${#v0} ${#v4} ${#v5} ${#v6} ${#v9}; unset v0; v7=$v1; echo ${#v7}; echo $v9 | head -c 5',
  )
  expect(output).toBe('200000 200000 48576 1024 1024\n200000\naaaaa')
})

test('the history of a shell has so many lines, and is so long, at most', async () => {
  const { shell } = testShell()
  for (let n = 0; n < 600; n += 1) await shell.run(`: ${n}`)
  expect((await shell.run('history | wc -l')).output).toBe('500\n')
  for (let n = 0; n < 100; n += 1) await shell.run(`: ${'a'.repeat(5_000)}`)
  expect((await shell.run('history | wc -l')).output).toBe('64\n')
})
