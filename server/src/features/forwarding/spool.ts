import { mkdir, readdir, readFile, rename, stat, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Lines on disk that wait to be sent, in segments: they outlive the process and the receiver's absence. */
export interface Spool {
  /** Never blocks, never fails; what finds no room is dropped and counted. */
  add(line: string): void
  /** Writes what is in memory to disk. */
  flush(): Promise<void>
  /** The oldest segment; null when there is none. */
  oldest(): Promise<{ lines: string[]; remove(): Promise<void> } | null>
}

export interface SpoolOptions {
  directory: string
  /** Bytes on disk; beyond it the oldest segments are given up. */
  maxBytes: number
  onDropped: (lines: number) => void
}

/** Lines that may be in memory while the disk is slow or full. */
const MAX_LINES_IN_MEMORY = 20_000
const SEGMENT = /^\d{15}-\d{6}\.jsonl$/

export function createSpool({ directory, maxBytes, onDropped }: SpoolOptions): Spool {
  let waiting: string[] = []
  let sequence = 0
  let ready: Promise<unknown> | null = null

  async function segments(): Promise<string[]> {
    ready ??= mkdir(directory, { recursive: true, mode: 0o700 })
    await ready
    return (await readdir(directory)).filter((name) => SEGMENT.test(name)).sort()
  }

  async function makeRoom(): Promise<void> {
    const names = await segments()
    const sizes = await Promise.all(names.map(async (name) => (await stat(join(directory, name))).size))
    let total = sizes.reduce((sum, size) => sum + size, 0)
    for (const [index, name] of names.entries()) {
      if (total <= maxBytes) return
      const path = join(directory, name)
      const lost = (await readFile(path, 'utf8')).split('\n').length - 1
      await unlink(path)
      onDropped(lost)
      total -= sizes[index] ?? 0
    }
  }

  return {
    add(line) {
      if (waiting.length >= MAX_LINES_IN_MEMORY) onDropped(1)
      else waiting.push(line.endsWith('\n') ? line : `${line}\n`)
    },
    async flush() {
      if (waiting.length === 0) return
      const lines = waiting
      waiting = []
      try {
        await segments()
        sequence += 1
        const name = `${String(Date.now()).padStart(15, '0')}-${String(sequence % 1_000_000).padStart(6, '0')}.jsonl`
        const path = join(directory, name)
        // A segment is there whole or not at all.
        await writeFile(`${path}.partial`, lines.join(''), { mode: 0o600 })
        await rename(`${path}.partial`, path)
        await makeRoom()
      } catch (error) {
        waiting = [...lines, ...waiting].slice(-MAX_LINES_IN_MEMORY)
        throw error
      }
    },
    async oldest() {
      const [name] = await segments()
      if (name === undefined) return null
      const path = join(directory, name)
      const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line !== '')
      return { lines, remove: () => unlink(path) }
    },
  }
}
