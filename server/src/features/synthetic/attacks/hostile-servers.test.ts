import { createServer, type Server, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import type { SensorAddress, SensorAttack } from './attack.js'
import { ftpAttack } from './ftp.js'
import { smtpAttack, telnetAttack } from './lines.js'
import { mysqlAttack } from './mysql.js'

const MARKER = 'evtwmarker'
const servers: Server[] = []
const sockets = new Set<Socket>()
afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  sockets.clear()
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve))
})

/** A server that does what a test says with each connection. */
async function serverThat(serve: (socket: Socket) => void): Promise<SensorAddress> {
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    serve(socket)
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  return { address: '127.0.0.1', host: '127.0.0.1', port }
}

const run = (attack: SensorAttack, where: SensorAddress, deadline = new AbortController().signal) =>
  attack(where, { marker: MARKER, deadline })

/** Answers each line; `null` ends the connection. */
function answering(socket: Socket, greeting: string, answer: (line: string) => string | null): void {
  let rest = ''
  socket.write(greeting)
  socket.on('data', (part) => {
    const lines = (rest + part.toString()).split('\r\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const text = answer(line)
      if (text === null) socket.end()
      else socket.write(text)
    }
  })
}

test.each([
  ['a prompt of 64 KiB is read', 'login: '.padStart(64 * 1024), 'closed the connection'],
  ['a server that sends more, and no prompt, is left', 'x'.repeat(64 * 1024 + 1), 'sent more than a prompt'],
])('%s', async (_, prompt, failure) => {
  const where = await serverThat((socket) => {
    socket.write(prompt)
    socket.on('data', () => socket.end())
  })
  await expect(run(telnetAttack, where)).rejects.toThrow(failure)
})

test.each([
  ['telnet', telnetAttack],
  ['mysql', mysqlAttack],
  ['ftp', ftpAttack],
  ['smtp', smtpAttack],
])('a server of %s that says nothing is left when the time is over', async (_, attack) => {
  const deadline = new AbortController()
  const where = await serverThat(() => deadline.abort(new Error('the time is over')))
  // While it connects, Node says it in its own words.
  await expect(run(attack, where, deadline.signal)).rejects.toThrow(/the time is over|was aborted/)
})

test.each([
  ['the marker', undefined, MARKER],
  ['a password that is known, once the marker was refused', 'known', 'known'],
])('a login that is refused is tried five times, with %s', async (_, password, then) => {
  const passwords: string[] = []
  const where = await serverThat((socket) => {
    answering(socket, 'login: ', (line) => {
      if (line === 'root') return 'Password: '
      passwords.push(line)
      return 'Login incorrect\r\nlogin: '
    })
  })
  await run(telnetAttack, { ...where, ...(password !== undefined && { password }) })
  expect(passwords).toEqual([MARKER, then, then, then, then])
})

test.each([
  '229 Entering Extended Passive Mode (|||22|)',
  '229 Entering Extended Passive Mode (|||65536|)',
  '229 Entering Extended Passive Mode',
  '227 Entering Passive Mode (192,0,2,1,200,1)',
])('no file is stored where FTP answers %s', async (answer) => {
  const commands: string[] = []
  const where = await serverThat((socket) => {
    answering(socket, '220 ready\r\n', (line) => {
      commands.push(line)
      if (line === 'QUIT') return null
      return line === 'EPSV' ? `${answer}\r\n` : '230 ok\r\n'
    })
  })
  await run(ftpAttack, where)
  expect(commands).toEqual(['USER anonymous', `PASS ${MARKER}`, 'TYPE I', 'EPSV', 'QUIT'])
})

/** A packet of MySQL with its number. */
function packet(sequence: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(4)
  header.writeUIntLE(payload.length, 0, 3)
  header.writeUInt8(sequence, 3)
  return Buffer.concat([header, payload])
}

test('a packet that is too large, and a greeting that is none, end an attack on MySQL', async () => {
  const large = await serverThat((socket) => socket.write(Buffer.from([0x01, 0x80, 0x00, 0x00])))
  await expect(run(mysqlAttack, large)).rejects.toThrow('a packet that is too large')
  const refusing = await serverThat((socket) =>
    socket.write(packet(0, Buffer.from('\xff\x10\x04Too many connections', 'latin1'))),
  )
  await expect(run(mysqlAttack, refusing)).rejects.toThrow('did not greet')
})

test('a server of MySQL that asks for one plugin after the other is answered five times', async () => {
  const text = (value: string) => Buffer.from(`${value}\0`)
  const plugin = text('mysql_native_password')
  const greeting = Buffer.concat([Buffer.of(10), text('8.0.36'), Buffer.alloc(31), Buffer.alloc(13), plugin])
  const another = Buffer.concat([Buffer.of(0xfe), plugin, Buffer.alloc(21)])
  let answers = 0
  const where = await serverThat((socket) => {
    socket.write(packet(0, greeting))
    socket.on('data', () => {
      answers += 1
      socket.write(packet(2 * answers, another))
    })
  })
  await run(mysqlAttack, where)
  expect(answers).toBe(5)
})
