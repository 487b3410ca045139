import { z } from 'zod'
import type { Logger } from '../../platform/logger.js'
import { createStateFile } from './state-file.js'
import type { RuleState } from './state-machine.js'

/** The states of the rules that this replica sent as firing without the database, by rule; at most one a rule. */
export type SentDirectly = ReadonlyMap<string, RuleState>

/** Keeps across restarts what was sent directly: whoever sent firing sends resolved, also a process that came after it. */
export interface SentDirectlyFile {
  /** Empty where there is no file, or none that can be read. */
  read(): Promise<SentDirectly>
  /** Replaces the file as a whole. Never rejects: a firing is sent whether or not it can be kept. */
  write(sent: SentDirectly): Promise<void>
}

const Moment = z.number().nullable()
const Content = z.record(
  z.string(),
  z.object({
    state: z.enum(['inactive', 'pending', 'firing', 'resolved']),
    since: z.number(),
    firedAt: Moment,
    lastActiveAt: Moment,
    told: z.boolean(),
    severity: z.enum(['critical', 'high', 'medium', 'low']).nullable(),
    toldSeverity: z.enum(['critical', 'high', 'medium', 'low']).nullable(),
  }),
)

/** @param path in DATA_DIR, with the name of the worker: each replica has its own. */
export function createSentDirectlyFile(path: string, log: Logger): SentDirectlyFile {
  const file = createStateFile(path, Content, log)
  return {
    read: async () =>
      new Map(Object.entries((await file.read()) ?? {}).map(([rule, stored]) => [rule, fromStored(stored)])),
    write: (sent) =>
      file.write(Object.fromEntries([...sent].map(([rule, state]) => [rule, toStored(state)] as const))),
  }
}

/** The file keeps the names of earlier versions, so that it stays readable across upgrades in both directions. */
type Stored = z.infer<typeof Content>[string]

function fromStored({ told, toldSeverity, ...state }: Stored): RuleState {
  return { ...state, notified: told, notifiedSeverity: toldSeverity }
}

function toStored({ notified, notifiedSeverity, ...state }: RuleState): Stored {
  return { ...state, told: notified, toldSeverity: notifiedSeverity }
}
