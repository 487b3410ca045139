import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '../server/src/testing/free-port.js'
import { type LlmServer, startLlmServer } from '../server/src/testing/llm-server.js'
import { guessSshPassword } from '../server/src/testing/ssh-client.js'
import { until } from '../server/src/testing/until.js'
import {
  createInstallation,
  type Installation,
  PASSWORD,
  type RunningServer,
  reader,
} from './server-process.js'

let llm: LlmServer
let installation: Installation
let server: RunningServer
let port: number

beforeAll(async () => {
  llm = await startLlmServer()
  llm.mode = 'saying'
  port = await freePort()
  installation = await createInstallation({
    ADMIN_PASSWORD: PASSWORD,
    DECOY_SHELL_LLM: 'on',
    LLM_BASE_URL: `${llm.url}/v1`,
  })
  server = await installation.start('--decoys', `ssh:${port}`)
  await until(() => server.output().stderr.includes(`Decoy ssh: 127.0.0.1 port ${port}`))
})

afterAll(async () => {
  await server.kill('SIGTERM')
  installation.remove()
  await llm.close()
})

test('a command that the shell does not know is answered by the LLM, through the platform, and recorded as such', async () => {
  const client = await guessSshPassword(port)
  llm.says = JSON.stringify({ output: '\u001b[1mtmux 3.3a\u001b[0m', exit_status: 0 })
  expect(await client.run('cd /var/log && tmux -V; echo $?')).toEqual({ output: 'tmux 3.3a\n0\n', code: 0 })
  const asked = llm.requests.filter(({ url }) => url.endsWith('/chat/completions'))
  expect(asked).toHaveLength(1)
  expect(asked[0]?.body).toContain('cwd: \\"/var/log\\"')
  expect(asked[0]?.body).toContain('dpkg.log')

  llm.says = JSON.stringify({ output: '', exit_status: 127 })
  expect((await client.run('frobnicate')).output).toBe('bash: line 1: frobnicate: command not found\n')

  // Down: the decoy goes on as a shell that knows no more.
  llm.mode = '500'
  expect(await client.run('screen -ls')).toEqual({
    output: 'bash: line 1: screen: command not found\n',
    code: 127,
  })
  expect((await client.run('echo still here')).output).toBe('still here\n')
  await client.close()

  const get = await reader(installation.url)
  const events = await until(async () => {
    const { items } = await get<{ items: Array<{ id: string }> }>('/sessions?src_ip=127.0.0.1&limit=100')
    const pages = await Promise.all(
      items.map(({ id }) => get<{ items: Array<{ action: string }> }>(`/sessions/${id}/events?limit=100`)),
    )
    const found = pages.flatMap((page) => page.items)
    return found.some(({ action }) => action === 'shell.answered_by_llm') && found
  })
  expect(events.filter(({ action }) => action === 'shell.answered_by_llm')).toHaveLength(1)
})
