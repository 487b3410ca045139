import { readFileSync } from 'node:fs'
import { totalmem } from 'node:os'
import { join } from 'node:path'

/** Memory in use against what may be used, in bytes. */
export interface MemoryUse {
  used: number
  limit: number
  source: 'cgroup v2' | 'cgroup v1' | 'process'
}

/** Kernels say "no limit" by a number near 2^63. */
const NO_LIMIT = 2 ** 60

/**
 * The container's memory where there is one with a limit (cgroup v2, then v1), else this process against the host. Page cache
 * that can be dropped does not count, as with Kubernetes' working set.
 * https://docs.kernel.org/admin-guide/cgroup-v2.html#memory
 * @param root of the file system; tests give one of their own.
 */
export function memoryUse(root = '/'): MemoryUse {
  const read = (path: string): string | null => {
    try {
      return readFileSync(join(root, path), 'utf8').trim()
    } catch {
      return null
    }
  }
  const groups = read('proc/self/cgroup') ?? ''
  const v2 = /^0::(.*)$/m.exec(groups)?.[1] ?? '/'
  for (const path of new Set([v2, '/'])) {
    const base = join('sys/fs/cgroup', path)
    const use = useOf(
      read(join(base, 'memory.current')),
      read(join(base, 'memory.max')),
      read(join(base, 'memory.stat')),
      'inactive_file',
    )
    if (use) return { ...use, source: 'cgroup v2' }
  }
  const v1 = /^\d+:(?:.*,)?memory(?:,.*)?:(.*)$/m.exec(groups)?.[1] ?? '/'
  for (const path of new Set([v1, '/'])) {
    const base = join('sys/fs/cgroup/memory', path)
    const use = useOf(
      read(join(base, 'memory.usage_in_bytes')),
      read(join(base, 'memory.limit_in_bytes')),
      read(join(base, 'memory.stat')),
      'total_inactive_file',
    )
    if (use) return { ...use, source: 'cgroup v1' }
  }
  return { used: process.memoryUsage.rss(), limit: totalmem(), source: 'process' }
}

function useOf(
  current: string | null,
  max: string | null,
  stat: string | null,
  reclaimable: string,
): { used: number; limit: number } | null {
  const limit = Number(max)
  if (current === null || max === null || !Number.isFinite(limit) || limit <= 0 || limit > NO_LIMIT)
    return null
  const cache = Number(new RegExp(`^${reclaimable} (\\d+)$`, 'm').exec(stat ?? '')?.[1] ?? 0)
  return { used: Math.max(0, Number(current) - cache), limit }
}
