import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
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
const SAMPLE_MS = 1_000
const MIB = 1024 ** 2

/** What is reported of one decoy. Memory is resident, in bytes; null where the system does not say. */
interface Figures {
  decoy: string
  seconds: number
  connections: number
  bytes_sent: number
  memory_before: number | null
  memory_peak: number | null
  memory_after: number | null
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
      const tally = { connections: 0, bytes: 0 }
      const heap=[await heapOf(child)]
      const tt=setInterval(async()=>{ const r=residentBytes(child.pid??0); const h=await heapOf(child); console.log(protocol, JSON.stringify(h), 'rss', Math.round((r??0)/MIB), '->', Math.round((residentBytes(child.pid??0)??0)/MIB), tally.connections)}, 30000)
      const over = Date.now() + SECONDS * 1_000
      await Promise.all(
        Array.from({ length: ATTACKERS }, (_, n) =>
          attack(protocol, port, n, () => Date.now() >= over, tally),
        ),
      )
      clearInterval(tt)
      await assertServed(protocol, port, '127.0.7.1')
      heap.push(await heapOf(child)); console.log(JSON.stringify(heap))
      const { before, peak, after } = memory.end()
      all.push({
        decoy: protocol,
        seconds: SECONDS,
        connections: tally.connections,
        bytes_sent: tally.bytes,
        memory_before: before,
        memory_peak: peak,
        memory_after: after,
      })
      if (IS_LONG_RUN) console.log(JSON.stringify(all.at(-1)))
      expect(child.exitCode).toBeNull()
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
    '64',
    ...AS_NOBODY,
  ]
  const flags = (process.env['FLAGS']??'').split(' ').filter(Boolean)
  const child = spawn(process.execPath, [...flags, '--expose-gc', '--import', HEAP_AFTER_GC, PROGRAM, ...words, '--url', 'http://127.0.0.1:9'], {
    env: { ...process.env, EVILTWIN_KEY: 'a key that no server knows' },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
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
  child.once('exit',(c,sg)=>console.log('EXIT',c,sg,kept))
  return { child, output: () => kept }
}

async function heapOf(child: ChildProcess) {
  child.send('memory after GC')
  for (;;) {
    const [m] = await once(child, 'message')
    if (m.heapUsed) return Object.fromEntries(Object.entries(m).map(([k,v])=>[k,Math.round(Number(v)/MIB*10)/10]))
  }
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
  const mebibytes = (bytes: number | null) => (bytes === null ? '' : `${(bytes / MIB).toFixed(0)} MiB`)
  const rows = figures.map((each) => [
    each.decoy,
    String(each.connections),
    mebibytes(each.bytes_sent),
    ...[each.memory_before, each.memory_peak, each.memory_after].map(mebibytes),
  ])
  const head = ['decoy', 'connections', 'sent', 'memory before', 'at most', 'after']
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}
