import { type ChildProcess, spawn } from 'node:child_process'
import { on, once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { DECOY_NODE_OPTIONS } from '../server/src/cli/start-decoys.js'
import { freePort } from '../server/src/testing/free-port.js'
import { until } from '../server/src/testing/until.js'
import { keepSeed } from './decoys.js'
import { createRandom, noiseOf, type Random, send } from './hostile/decoy-noise.js'
import { assertServed, DECOY_PROTOCOLS, SEED } from './hostile/decoy-protocols.js'

/** `npm run test:decoys` attacks for longer; this is enough for some hundred connections of each. */
const SECONDS = Number(process.env['DECOYS_SECONDS'] ?? 2)
const IS_LONG_RUN = process.env['DECOYS_SECONDS'] !== undefined
const NOISE_SEED = Number(process.env['DECOYS_SEED'] ?? 1)
const PROGRAM = fileURLToPath(new URL('../server/bin/eviltwin.mjs', import.meta.url))
const HEAP_AFTER_GC = new URL('./hostile/heap-after-gc.mjs', import.meta.url).href
const AS_NOBODY = process.getuid?.() === 0 ? ['--user', 'nobody'] : []
/** That attack at the same time, each from addresses of its own. */
const ATTACKERS = 24
/** Full soon, so that what waits for the disk and the server grows no more: what grows then is a leak. */
const SPOOL_MIB = '4'
const SAMPLE_MS = 1_000
const HEAP_SAMPLE_MS = 60_000
const MIB = 1024 ** 2

/** What is reported of one decoy, in bytes. */
interface Figures {
  decoy: string
  seed: number
  seconds: number
  connections: number
  bytes_sent: number
  /** Resident; null where the system does not say. */
  memory_before: number | null
  memory_peak: number | null
  memory_after: number | null
  /** In use after a collection, on the heap and beside it: before, each minute, and after. What does not grow here is no leak. */
  heap_after_gc: number[]
}

const chosen = Object.keys(DECOY_PROTOCOLS).filter(
  (name) => process.env['DECOYS_ONE'] === undefined || name === process.env['DECOYS_ONE'],
)
const all: Figures[] = []
const state = mkdtempSync(join(tmpdir(), 'eviltwin-noise-'))
// Decoys that run as another user pass through it.
chmodSync(state, 0o755)
keepSeed(state, SEED)

afterAll(() => {
  rmSync(state, { recursive: true, force: true })
  if (!IS_LONG_RUN) return
  console.log(`\n${tableOf(all)}`)
  const file = process.env['DECOYS_JSON']
  if (file) writeFileSync(file, `${JSON.stringify(all, null, 2)}\n`)
})

test.each(chosen)(
  'the %s decoy survives random bytes and a broken protocol, and serves a good client then',
  async (protocol) => {
    const port = await freePort()
    const { child, output } = await startDecoy(protocol, port)
    try {
      await assertServed(protocol, port, '127.0.7.1')
      const memory = sampleMemory(child.pid ?? 0)
      const heap = await sampleHeap(child)
      const tally = { connections: 0, bytes: 0 }
      const over = Date.now() + SECONDS * 1_000
      const isOver = () => child.exitCode !== null || Date.now() >= over
      await Promise.all(Array.from({ length: ATTACKERS }, (_, n) => attack(protocol, port, n, isOver, tally)))
      expect(child.exitCode, output()).toBeNull()
      await assertServed(protocol, port, '127.0.7.1')
      const { before, peak, after } = memory.end()
      all.push({
        decoy: protocol,
        seed: NOISE_SEED,
        seconds: SECONDS,
        connections: tally.connections,
        bytes_sent: tally.bytes,
        memory_before: before,
        memory_peak: peak,
        memory_after: after,
        heap_after_gc: await heap.end(),
      })
      if (IS_LONG_RUN) console.log(JSON.stringify(all.at(-1)))
      expect(output()).not.toMatch(/A decoy failed|shell of a decoy failed/)
      expect(tally.connections).toBeGreaterThan(20)
    } finally {
      child.kill('SIGKILL')
      await once(child, 'close')
    }
  },
  SECONDS * 1_000 * 2 + 120_000,
)

/** Connects until the time is over. What is sent follows from the seed alone. */
async function attack(
  protocol: string,
  port: number,
  number: number,
  isOver: () => boolean,
  tally: { connections: number; bytes: number },
): Promise<void> {
  const random: Random = createRandom(NOISE_SEED * 1_000 + number)
  const { parts = [], breakFurther } = DECOY_PROTOCOLS[protocol] ?? {}
  while (!isOver()) {
    const localAddress = `127.0.6.${1 + number * 10 + random(10)}`
    if (breakFurther && random(2) === 0) tally.bytes += await breakFurther(port, localAddress, random)
    else {
      const bytes = noiseOf(parts, random)
      await send(port, localAddress, bytes, random)
      tally.bytes += bytes.length
    }
    tally.connections += 1
  }
}

/** A decoy whose server is away, which costs it most: its records wait on the disk, until they are left out. */
async function startDecoy(
  protocol: string,
  port: number,
): Promise<{ child: ChildProcess; output: () => string }> {
  const words = [
    'decoy',
    protocol,
    '--port',
    String(port),
    '--state',
    state,
    '--spool-mib',
    SPOOL_MIB,
    ...AS_NOBODY,
  ]
  const node = [...DECOY_NODE_OPTIONS, '--expose-gc', '--import', HEAP_AFTER_GC]
  const child = spawn(process.execPath, [...node, PROGRAM, ...words, '--url', 'http://127.0.0.1:9'], {
    env: { ...process.env, EVILTWIN_KEY: 'a key that no server knows' },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  // Of a message to a decoy that ended meanwhile.
  child.on('error', () => {})
  let kept = ''
  // The beginning, and what says that something failed: a long run logs more than is kept.
  const keep = (bytes: Buffer): void => {
    for (const line of bytes.toString().split('\n'))
      if (kept.length < 10_000 || /failed/.test(line)) kept += `${line}\n`
  }
  child.stdout?.on('data', keep)
  child.stderr?.on('data', keep)
  await until(() => {
    if (child.exitCode !== null) throw new Error(`the decoy ended: ${kept}`)
    return kept.includes('Decoy listens')
  })
  return { child, output: () => kept }
}

/** Asks now, each minute, and at the end. */
async function sampleHeap(child: ChildProcess) {
  const samples = [await heapAfterGc(child)]
  const timer = setInterval(() => {
    heapAfterGc(child).then(
      (bytes) => samples.push(bytes),
      () => clearInterval(timer),
    )
  }, HEAP_SAMPLE_MS)
  return {
    async end() {
      clearInterval(timer)
      return [...samples, await heapAfterGc(child)]
    },
  }
}

async function heapAfterGc(child: ChildProcess): Promise<number> {
  child.send('memory after GC')
  for await (const [message] of on(child, 'message', { close: ['exit'] }))
    if ('heapUsed' in message) return message.heapUsed + message.external
  throw new Error('the decoy ended')
}

function sampleMemory(pid: number) {
  const before = residentBytes(pid)
  let peak = before
  const timer = setInterval(() => {
    const now = residentBytes(pid)
    if (peak !== null && now !== null) peak = Math.max(peak, now)
  }, SAMPLE_MS)
  return {
    end() {
      clearInterval(timer)
      return { before, peak, after: residentBytes(pid) }
    },
  }
}

function residentBytes(pid: number): number | null {
  try {
    const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return kibibytes === undefined ? null : Number(kibibytes) * 1024
  } catch {
    return null
  }
}

/** A Markdown table with a line for each decoy. */
function tableOf(figures: readonly Figures[]): string {
  const mebibytes = (bytes: number | null | undefined) => `${((bytes ?? 0) / MIB).toFixed(0)} MiB`
  const rows = figures.map((each) => [
    each.decoy,
    String(each.seconds),
    String(each.connections),
    ...[each.bytes_sent, each.memory_before, each.memory_peak, each.memory_after].map(mebibytes),
    ...[each.heap_after_gc[0], Math.max(...each.heap_after_gc), each.heap_after_gc.at(-1)].map(mebibytes),
  ])
  const memory = ['resident before', 'at most', 'after', 'heap after GC before', 'at most', 'after']
  const head = ['decoy', 'seconds', 'connections', 'sent', ...memory]
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}
