import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { Duplex } from 'node:stream'
import type {
  CapturedFile,
  CreateDecoy,
  Decoy,
  DecoyAction,
  DecoyIdentity,
  DecoySession,
} from '../decoys/decoy.js'
import { createIdentity } from '../decoys/identity.js'
import { silent } from './silent.js'

/** An identity that follows from a text alone. */
export function testIdentity(seedText = 'one'): DecoyIdentity {
  return createIdentity(createHash('sha256').update(seedText).digest())
}

/** A session that keeps what a decoy records. */
export interface CollectedSession extends DecoySession {
  readonly records: DecoyAction[]
  readonly files: CapturedFile[]
  /** What its terminals showed. */
  readonly shown: string[]
}

export function collectSession(address = '127.0.0.1', port = 50_000): CollectedSession {
  const records: DecoyAction[] = []
  const files: CapturedFile[] = []
  const shown: string[] = []
  return {
    id: 'session',
    source_ip: address,
    source_port: port,
    records,
    files,
    shown,
    record: (action) => void records.push(action),
    keepFile(file) {
      files.push(file)
      return createHash('sha256').update(file.content).digest('hex')
    },
    recordTerminal: () => ({
      output: (text) => void shown.push(text),
      input() {},
      resize() {},
      end() {},
    }),
  }
}

/** A decoy on a loopback port. */
export interface ListeningDecoy {
  port: number
  decoy: Decoy
  /** Of all connections, in their order. */
  sessions: CollectedSession[]
  /** The records of all connections. */
  records(): DecoyAction[]
  files(): CapturedFile[]
  /** What a decoy threw, which it must not. */
  failures: unknown[]
  /** Connections that are being served. */
  open(): number
  stop(): Promise<void>
}

export async function listenWith(
  create: CreateDecoy,
  { identity = testIdentity(), baitFile }: { identity?: DecoyIdentity; baitFile?: string } = {},
): Promise<ListeningDecoy> {
  const decoy = create({
    identity,
    log: silent('decoy'),
    now: Date.now,
    ...(baitFile !== undefined && { baitFile }),
  })
  const sessions: CollectedSession[] = []
  const failures: unknown[] = []
  const sockets = new Set<Socket>()
  const stopping = new AbortController()
  const server: Server = createServer((socket) => {
    socket.on('error', () => {})
    sockets.add(socket)
    const session = collectSession(socket.remoteAddress, socket.remotePort)
    sessions.push(session)
    void decoy
      .serve(socket, session, stopping.signal)
      .catch((error: unknown) => void failures.push(error))
      .then(() => {
        socket.destroy()
        sockets.delete(socket)
      })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    decoy,
    sessions,
    failures,
    records: () => sessions.flatMap(({ records }) => records),
    files: () => sessions.flatMap(({ files }) => files),
    open: () => sockets.size,
    async stop() {
      stopping.abort()
      const closed = once(server, 'close')
      server.close()
      await closed
    },
  }
}

/** Gives a decoy these bytes in these chunks, and then the end. @returns what it recorded and answered. */
export async function feed(
  decoy: Decoy,
  chunks: readonly Uint8Array[],
): Promise<{ session: CollectedSession; answer: Buffer }> {
  const session = collectSession()
  const answers: Buffer[] = []
  const waiting = [...chunks]
  const stream = new Duplex({
    read() {
      // As with a socket, every chunk arrives in a turn of its own.
      setImmediate(() => {
        const chunk = waiting.shift()
        this.push(chunk === undefined ? null : Buffer.from(chunk))
      })
    },
    write(chunk: Buffer, _encoding, done) {
      answers.push(chunk)
      done()
    },
  })
  const socket = Object.assign(stream, {
    remoteAddress: '127.0.0.1',
    localAddress: '127.0.0.1',
    setTimeout: () => stream,
    setNoDelay: () => stream,
    setKeepAlive: () => stream,
  }) as unknown as Socket
  await decoy.serve(socket, session, new AbortController().signal)
  stream.destroy()
  return { session, answer: Buffer.concat(answers) }
}

/** The bytes, cut at these places. */
export function cutAt(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const ends = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort(
    (one, other) => one - other,
  )
  return [...ends, bytes.length]
    .map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end))
    .filter(({ length }) => length > 0)
}
