import { z } from 'zod'
import type { Logger } from '../../platform/logger.js'
import { createStateFile } from './state-file.js'

/** Which files of a folder need not be sent any more. */
export interface SentFiles {
  has(identity: string): boolean
  /** Resolves once it is durable. @param present identities of all files of the folder, or of some if `isPart`; those of others are forgotten. */
  add(identity: string, present: readonly string[], isPart: boolean): Promise<void>
}

const State = z.object({ version: z.literal(1), done: z.array(z.string()) })

/** Reads what an earlier process sent. @param maxFiles that are remembered. */
export async function openSentFiles(path: string, maxFiles: number, log: Logger): Promise<SentFiles> {
  const state = createStateFile(path, State, { log, lost: 'files are sent again, which does no harm' })
  let done = new Set((await state.read())?.done)
  return {
    has: (identity) => done.has(identity),
    async add(identity, present, isPart) {
      const there = new Set(present)
      const kept = [...done].filter((each) => isPart || there.has(each)).slice(-maxFiles)
      done = new Set([...kept, identity])
      await state.write({ version: 1, done: [...done] })
    },
  }
}
