import { readFile, rename } from 'node:fs/promises'
import { z } from 'zod'
import { writeDurably } from '../../platform/delivery/durable-file.js'
import { Position } from './position.js'

const Checkpoint = z.object({ version: z.literal(1), positions: z.array(Position) })

/** How far every file was read, on disk. */
export interface CheckpointFile {
  /** Positions of an earlier process; `isNew` where there was none. A file that cannot be used is kept beside, and counts as empty. */
  read(): Promise<{ positions: Position[]; isNew: boolean; problem: string | null }>
  /** Resolves once it is durable; the file is the former or the new one, never a part of one. */
  write(positions: readonly Position[]): Promise<void>
}

export function createCheckpointFile(path: string): CheckpointFile {
  return {
    async read() {
      const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return null
        throw error
      })
      if (text === null) return { positions: [], isNew: true, problem: null }
      try {
        const { positions } = Checkpoint.parse(JSON.parse(text))
        return { positions, isNew: false, problem: null }
      } catch (error) {
        await rename(path, `${path}.damaged`)
        return { positions: [], isNew: false, problem: (error as Error).message }
      }
    },
    write: (positions) => writeDurably(path, JSON.stringify({ version: 1, positions })),
  }
}
