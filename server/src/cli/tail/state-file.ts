import { readFile } from 'node:fs/promises'
import type { z } from 'zod'
import { writeDurably } from '../../platform/delivery/durable-file.js'
import type { Logger } from '../../platform/logger.js'

/** What outlives the process, in one file of JSON. */
export interface StateFile<State> {
  /** What an earlier process wrote; null where there is nothing that can be used, which is logged. */
  read(): Promise<State | null>
  /** Resolves once it is durable. */
  write(state: State): Promise<void>
}

/** @param lost what it means that the file cannot be used, for the log. */
export function createStateFile<State>(
  path: string,
  schema: z.ZodType<State>,
  { log, lost }: { log: Logger; lost: string },
): StateFile<State> {
  return {
    async read() {
      const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return null
        throw error
      })
      if (text === null) return null
      try {
        return schema.parse(JSON.parse(text))
      } catch (error) {
        log.error('State file cannot be used', { path, consequence: lost, cause: (error as Error).message })
        return null
      }
    },
    write: (state) => writeDurably(path, JSON.stringify(state)),
  }
}
