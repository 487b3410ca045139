import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { freePort } from '../server/src/testing/free-port.js'

const PROGRAM = fileURLToPath(new URL('../server/bin/eviltwin.mjs', import.meta.url))
export const SENSOR_KEY = 'an-end-to-end-sensor-key'
export const PASSWORD = 'an end to end password'

/** An installation of EvilTwin: a data directory, a port, and programs run on them as a user would. */
export interface Installation {
  url: string
  dataDir: string
  environment: NodeJS.ProcessEnv
  /** Starts the server and resolves once it is ready. */
  start(...args: string[]): Promise<RunningServer>
  /** Runs a command to its end. */
  run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }>
  remove(): void
}

export interface RunningServer {
  process: ChildProcess
  /** What it has printed so far. */
  output(): { stdout: string; stderr: string }
  kill(signal: NodeJS.Signals): Promise<void>
}

/** @param command what runs EvilTwin: by default the build of this checkout. */
export async function createInstallation(
  environment: NodeJS.ProcessEnv = {},
  command: readonly [string, ...string[]] = [process.execPath, PROGRAM],
): Promise<Installation> {
  const [program, ...programArgs] = command
  const dataDir = mkdtempSync(join(tmpdir(), 'eviltwin-e2e-'))
  chmodSync(dataDir, 0o755)
  const port = environment['PORT'] ?? String(await freePort())
  const url = `http://127.0.0.1:${port}`
  const env = {
    ...process.env,
    // The same on every machine.
    WORKERS: process.env['WORKERS'] ?? '1',
    DATA_DIR: dataDir,
    PORT: port,
    EVILTWIN_URL: url,
    EVILTWIN_KEY: SENSOR_KEY,
    XDG_STATE_HOME: join(dataDir, 'state'),
    ...environment,
  }
  return {
    url,
    dataDir,
    environment: env,
    async start(...args) {
      const child = spawn(program, [...programArgs, 'start', ...args], {
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      let stdout = ''
      let stderr = ''
      child.stdout.on('data', (chunk) => {
        stdout += chunk
      })
      child.stderr.on('data', (chunk) => {
        stderr += chunk
      })
      const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
      for (;;) {
        const ready = await fetch(`${url}/health/ready`).then(
          ({ ok }) => ok,
          () => false,
        )
        if (ready) break
        if (child.exitCode !== null) throw new Error(`the server ended: ${stderr}`)
        await sleep(50)
      }
      return {
        process: child,
        output: () => ({ stdout, stderr }),
        async kill(signal) {
          child.kill(signal)
          await exited
        },
      }
    },
    run: (...args) =>
      new Promise((resolve) => {
        execFile(program, [...programArgs, ...args], { env }, (error, stdout, stderr) => {
          resolve({ code: typeof error?.code === 'number' ? error.code : error ? 1 : 0, stdout, stderr })
        })
      }),
    remove: () => rmSync(dataDir, { recursive: true, force: true }),
  }
}

/** Logs in as the administrator. */
export async function accessToken(url: string, password = PASSWORD): Promise<string> {
  const response = await fetch(`${url}/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'admin', password }),
  })
  return ((await response.json()) as { access_token: string }).access_token
}

/** Logs in as the administrator and gives a function that reads the API. */
export async function reader(url: string, password = PASSWORD) {
  const token = await accessToken(url, password)
  return async <Answer>(path: string) => {
    const answer = await fetch(url + path, { headers: { authorization: `Bearer ${token}` } })
    return (await answer.json()) as Answer
  }
}
