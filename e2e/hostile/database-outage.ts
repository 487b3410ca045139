import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { PostgresServer } from '../../server/src/testing/postgres-servers.js'
import { until } from '../../server/src/testing/until.js'
import { control, restart } from '../postgres-control.js'
import { type HonestRequest, isSending } from './honest-sensor.js'
import type { HostileCase } from './hostile-case.js'

/** The process of a server and its children. */
function processesOf({ data }: PostgresServer): number[] {
  const postmaster = Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0])
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && parentOf(name) === postmaster)
    .map(Number)
  return [postmaster, ...children]
}

/** proc(5), /proc/pid/stat: the name of the program, which is in parentheses, may have anything in it. */
function parentOf(pid: string): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
  } catch {
    return null
  }
}

function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name)
    } catch {}
  }
}

/** Takes the database away for three fifths of the time. @param interrupt gives what brings it back. */
function outage(interrupt: (postgres: PostgresServer) => () => void): HostileCase {
  return {
    tolerates: ({ what, status, retryAfter }: HonestRequest) =>
      status === 503 && (what === 'health' || (what !== 'live' && retryAfter !== null)),
    async prepare({ postgres, url }) {
      let restoredAt = 0
      return {
        async run({ milliseconds }) {
          const restore = interrupt(postgres)
          try {
            await sleep(0.6 * milliseconds)
          } finally {
            restore()
          }
          restoredAt = Date.now()
          await until(async () => (await fetch(`${url}/health`)).status === 200)
          await sleep(0.4 * milliseconds)
        },
        async verify(_run, requests) {
          const failed = requests.filter((request) => isSending(request) && request.status !== 200)
          const last = Math.max(
            restoredAt,
            ...failed.map(({ sentAt, milliseconds }) => sentAt + milliseconds),
          )
          return [['back after', `${((last - restoredAt) / 1000).toFixed(1)} s`]]
        },
      }
    },
  }
}

export const databaseStop = outage((postgres) => {
  control(postgres, 'stop', '-m', 'immediate')
  return () => restart(postgres)
})

export const databaseHang = outage((postgres) => {
  const halted = processesOf(postgres)
  signal(halted, 'SIGSTOP')
  return () => signal(halted, 'SIGCONT')
})
