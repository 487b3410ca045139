import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { childrenOf, ownCpuSeconds, treeCpuSeconds } from './cpu.mjs'

export const KEY = 'bench-sensor-key-0123456789'
export const PASSWORD = 'bench-password-0123'
const program = fileURLToPath(new URL('../server/bin/eviltwin.mjs', import.meta.url))

/**
 * Starts the real server, as `npm start` does, on a data directory of its own. @param args of `eviltwin start`. @param prepare is given the
 * directory before the start.
 */
export async function startServer(environment = {}, { args = [], prepare = () => {} } = {}) {
  const dataDir = mkdtempSync(join(tmpdir(), 'eviltwin-bench-'))
  // Decoys that run as another user pass through it.
  chmodSync(dataDir, 0o755)
  prepare(dataDir)
  const port = await freePort()
  const child = spawn(process.execPath, [program, 'start', ...args], {
    env: {
      ...process.env,
      DATA_DIR: dataDir,
      PORT: String(port),
      ADMIN_PASSWORD: PASSWORD,
      BOOTSTRAP_SENSOR_KEY: KEY,
      WORKERS: '1',
      ...environment,
    },
    // The log is written and read, as under any service manager.
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  child.stdout.resume()
  const postmaster = () =>
    Number(readFileSync(join(dataDir, 'postgres/cluster/postmaster.pid'), 'utf8').split('\n')[0])
  /** The process that was started, and its workers. */
  const serving = () => [child.pid, ...childrenOf(child.pid).filter((pid) => pid !== postmaster())]
  const workers = Number(environment.WORKERS ?? 1)
  const url = `http://127.0.0.1:${port}`
  await until(() => fetch(`${url}/health/ready`).then((response) => response.ok))
  await until(async () => workers === 1 || serving().length === workers + 1)
  return {
    url,
    pid: child.pid,
    async token() {
      const response = await fetch(`${url}/auth/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ username: 'admin', password: PASSWORD }),
      })
      return (await response.json()).access_token
    },
    /** How to reach its embedded database. */
    database: () => ({
      host: join(dataDir, 'postgres', 'run'),
      user: 'eviltwin',
      database: 'eviltwin',
      password: readFileSync(join(dataDir, 'postgres', 'cluster.password'), 'utf8').trim(),
    }),
    /** Processor time of the server's processes and of its PostgreSQL so far, in seconds. */
    cpu: () => ({
      node: serving().reduce((sum, pid) => sum + ownCpuSeconds(pid), 0),
      postgres: treeCpuSeconds(postmaster()),
    }),
    /** Resident memory of the server's processes, and proportional memory of its PostgreSQL, in MiB. */
    memory() {
      const processes = [postmaster(), ...childrenOf(postmaster())]
      return {
        server: serving().reduce((sum, pid) => sum + residentMiB(pid), 0),
        postgres: processes.reduce((sum, pid) => sum + pssMiB(pid), 0),
      }
    },
    async stop() {
      child.kill('SIGTERM')
      await new Promise((resolve) => child.once('exit', resolve))
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

export async function until(condition) {
  for (let attempt = 0; attempt < 600; attempt += 1) {
    if (await condition().catch(() => false)) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('the server did not become ready')
}

export function freePort() {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address()
      probe.close(() => resolve(port))
    })
  })
}

function residentMiB(pid) {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
}

function pssMiB(pid) {
  try {
    return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}
