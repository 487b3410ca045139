import { z } from 'zod'
import { RecordingOwnerQuery } from './recording.js'

/** Bounds of what a decoy asks, in characters and entries; it cuts what is longer. */
export const SHELL_QUESTION_LIMITS = {
  command: 1_024,
  folder: 1_024,
  name: 64,
  history: 8,
  history_command: 256,
  history_output: 512,
  listing: 50,
  entry: 128,
} as const

/** Characters of an answer. */
export const MAX_SHELL_OUTPUT = 4_096

const limits = SHELL_QUESTION_LIMITS
/** What attackers typed or a decoy showed. */
const hostile = (max: number) => z.string().max(max)

/** A command that the shell of a decoy does not know, and the state in which it was typed. */
export const ShellQuestion = z.object({
  session: RecordingOwnerQuery.shape.session,
  sensor: RecordingOwnerQuery.shape.sensor,
  command: hostile(limits.command).min(1),
  cwd: hostile(limits.folder),
  user: hostile(limits.name),
  host: hostile(limits.name),
  system: hostile(limits.name).meta({
    description: 'The imitated distribution',
    examples: ['Debian GNU/Linux 12'],
  }),
  history: z
    .array(z.object({ command: hostile(limits.history_command), output: hostile(limits.history_output) }))
    .max(limits.history)
    .meta({ description: 'The latest commands with what they showed, the oldest first' }),
  listing: z.array(hostile(limits.entry)).max(limits.listing).meta({ description: 'Names in the folder' }),
})
export type ShellQuestion = z.infer<typeof ShellQuestion>

/** What the command prints. */
export const ShellAnswer = z.object({
  output: z
    .string()
    .max(MAX_SHELL_OUTPUT)
    .meta({ description: 'Printable text, with newlines and tabs; empty where the command is not there' }),
  exit_status: z.number().int().min(0).max(255).meta({ description: '127: there is no such command' }),
})
export type ShellAnswer = z.infer<typeof ShellAnswer>
