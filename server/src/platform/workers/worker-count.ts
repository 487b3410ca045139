import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'

/** What a machine, or the container that limits it, has for this server. */
export interface Machine {
  /** Cores that may be used at the same time; a share of one counts as it is. */
  cores: number
  memoryBytes: number
}

/** WORKERS: how many processes serve. */
export type WorkersSetting = 'auto' | number

/** More than that is for whoever knows the database: each holds up to 24 connections of it. */
const MOST_CHOSEN = 4
/** Cores that a worker takes together with the part of PostgreSQL that works for it: by CPU an event, two to one. */
const CORES_A_WORKER = 1.5
/** What a worker may need, and the part of PostgreSQL that works for it. */
const BYTES_A_WORKER = 1024 ** 3

/** `auto`: as many as keep the cores busy together with PostgreSQL, 1 to {@link MOST_CHOSEN}, and no more than memory allows. Pure. */
export function workerCount(setting: WorkersSetting, { cores, memoryBytes }: Machine): number {
  if (setting !== 'auto') return setting
  const byCores = Math.floor(cores / CORES_A_WORKER)
  const byMemory = Math.floor(memoryBytes / BYTES_A_WORKER)
  return Math.max(1, Math.min(byCores, byMemory, MOST_CHOSEN))
}

/** Cores that this process may use: by its affinity and by the quota of its cgroup, which Node does not look at. */
export function usableCores(root = '/'): number {
  return Math.min(availableParallelism(), quotaOf(root))
}

/** https://docs.kernel.org/admin-guide/cgroup-v2.html#cpu (`cpu.max`) and, for v1, sched-bwc. Infinity without a limit. */
function quotaOf(root: string): number {
  const read = (path: string): string => {
    try {
      return readFileSync(join(root, path), 'utf8').trim()
    } catch {
      return ''
    }
  }
  const groups = read('proc/self/cgroup')
  const v2 = /^0::(.*)$/m.exec(groups)?.[1] ?? '/'
  const v1 = /^\d+:(?:.*,)?cpu(?:,.*)?:(.*)$/m.exec(groups)?.[1] ?? '/'
  const limits = [
    ...new Set([v2, '/'].map((path) => read(join('sys/fs/cgroup', path, 'cpu.max')))),
    ...[v1, '/'].map((path) => {
      const base = join('sys/fs/cgroup/cpu', path)
      return `${read(join(base, 'cpu.cfs_quota_us'))} ${read(join(base, 'cpu.cfs_period_us'))}`
    }),
  ]
  const cores = limits.map((limit) => {
    const [quota, period] = limit.split(' ').map(Number)
    return quota !== undefined && period !== undefined && quota > 0 && period > 0 ? quota / period : Infinity
  })
  return Math.min(...cores)
}
