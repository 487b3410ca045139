const MIB = 1024 * 1024

interface Share {
  /** Of the memory that may be used. */
  part: number
  /** MiB. */
  least: number
  most: number
}

/**
 * The server process and the operating system's cache share the memory with it, so an eighth is for pages of its own instead of the quarter
 * that a machine of its own would give (https://www.postgresql.org/docs/current/runtime-config-resource.html). Above 2 GiB the cache of the
 * operating system serves as well.
 */
const SHARES: Readonly<Record<string, Share>> = {
  shared_buffers: { part: 1 / 8, least: 64, most: 2048 },
  // What the planner may count on in both caches together; nothing is allocated.
  effective_cache_size: { part: 1 / 2, least: 256, most: 64 * 1024 },
  maintenance_work_mem: { part: 1 / 32, least: 32, most: 512 },
  // For each sort of each connection.
  work_mem: { part: 1 / 1024, least: 4, most: 32 },
}

/**
 * PostgreSQL's memory settings for a machine or a container of this size.
 * @param limitBytes what the machine, or the control group of this process, may use.
 */
export function memorySettings(limitBytes: number): Record<string, string> {
  return Object.fromEntries(
    Object.entries(SHARES).map(([name, { part, least, most }]) => {
      const mebibytes = Math.floor((limitBytes * part) / MIB)
      return [name, `${Math.min(most, Math.max(least, mebibytes))}MB`]
    }),
  )
}
