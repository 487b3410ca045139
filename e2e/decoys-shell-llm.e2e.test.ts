import type { Event } from '@eviltwin/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type LlmServer, startLlmServer } from '../server/src/testing/llm-server.js'
import { guessSshPassword } from '../server/src/testing/ssh-client.js'
import { eventsOf, type ServerWithDecoys, startWithDecoys } from './decoys.js'

let llm: LlmServer
let decoys: ServerWithDecoys<'ssh'>

beforeAll(async () => {
  llm = await startLlmServer()
  llm.mode = 'saying'
  const environment = { DECOY_SHELL_LLM: 'on', LLM_BASE_URL: `${llm.url}/v1` }
  decoys = await startWithDecoys(['ssh'], { environment })
})

afterAll(async () => {
  await decoys?.stop()
  await llm.close()
})

test('a command that the shell does not know is answered by the LLM, through the platform, and recorded as such', async () => {
  const client = await guessSshPassword(decoys.ports.ssh)
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

  const isAnswer = ({ action }: Event) => action === 'shell.answered_by_llm'
  const events = await eventsOf(decoys.get, '127.0.0.1', isAnswer)
  expect(events.filter(isAnswer)).toHaveLength(1)
})
