import { execFile } from 'node:child_process'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Logger } from '../../logger.js'
import { EmbeddedPostgresError } from './error.js'
import type { Placement } from './placement.js'

const FAST_STOP_MS = 60_000
const IMMEDIATE_STOP_MS = 15_000

/**
 * Clears the way for a start: a postmaster that outlived a killed server is stopped cleanly, and a pid file whose
 * process is gone, or whose number now belongs to another program, is removed.
 */
export async function retireOldPostmaster(placement: Placement, log: Logger): Promise<void> {
  const pidFile = join(placement.cluster, 'postmaster.pid')
  const pid = await pidIn(pidFile)
  if (pid === null) return
  if (await isPostmaster(pid, placement.cluster)) {
    log.warning('stopping the PostgreSQL that outlived the last server', { pid })
    process.kill(pid, 'SIGINT')
    if (!(await gone(pid, FAST_STOP_MS))) {
      process.kill(pid, 'SIGQUIT')
      if (!(await gone(pid, IMMEDIATE_STOP_MS))) {
        throw new EmbeddedPostgresError(
          `PostgreSQL (pid ${pid}) does not stop; stop it by hand and start again`,
        )
      }
    }
  } else {
    log.info('removing a stale postmaster.pid', { pid })
  }
  for (const file of [
    pidFile,
    ...['', '.lock'].map((end) => join(placement.socketDir, `.s.PGSQL.5432${end}`)),
  ]) {
    await rm(file, { force: true })
  }
}

async function pidIn(pidFile: string): Promise<number | null> {
  const text = await readFile(pidFile, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (text === null) return null
  const pid = Number.parseInt(text, 10)
  // An empty or torn pid file was being written when the machine stopped; no process of ours has pid 0.
  return Number.isInteger(pid) && pid > 1 ? pid : 0
}

/** Whether this process is a PostgreSQL server on this very cluster, and not a stranger that inherited the number. */
async function isPostmaster(pid: number, cluster: string): Promise<boolean> {
  if (pid === 0 || !isAlive(pid)) return false
  const command = await promisify(execFile)('ps', ['-o', 'args=', '-p', String(pid)]).then(
    ({ stdout }) => stdout,
    () => readFile(`/proc/${pid}/cmdline`, 'utf8').then((text) => text.replaceAll('\0', ' ')),
  )
  return command.includes('postgres') && command.includes(cluster)
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

async function gone(pid: number, withinMs: number): Promise<boolean> {
  for (const deadline = Date.now() + withinMs; Date.now() < deadline; await sleep(50)) {
    if (!isAlive(pid)) return true
  }
  return false
}
