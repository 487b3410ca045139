import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { z } from 'zod'
import type { Logger } from '../../platform/logger.js'

/** A small JSON document that outlives the process. */
export interface StateFile<Content> {
  /** Null where there is no file, or none that can be read. Never rejects. */
  read(): Promise<Content | null>
  /** Replaces the file as a whole. Never rejects: what it is about happens whether or not it can be kept. */
  write(content: Content): Promise<void>
}

/** @param path in DATA_DIR, with the name of the worker: each replica has its own. */
export function createStateFile<Content>(
  path: string,
  schema: z.ZodType<Content>,
  log: Logger,
): StateFile<Content> {
  const report = (error: unknown) =>
    log.warning('What was done without the database cannot be remembered', {
      cause: (error as Error).message,
    })
  return {
    async read() {
      try {
        return schema.parse(JSON.parse(await readFile(path, 'utf8')))
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') report(error)
        return null
      }
    },
    async write(content) {
      try {
        await mkdir(dirname(path), { recursive: true, mode: 0o700 })
        await writeFile(`${path}.partial`, JSON.stringify(content), { mode: 0o600 })
        await rename(`${path}.partial`, path)
      } catch (error) {
        report(error)
      }
    },
  }
}
