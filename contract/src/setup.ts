import { z } from 'zod'
import { Timestamp } from './event.js'

/** The first steps of an installation. */
export const SetupStepId = z.enum(['sensor', 'channel', 'second_user', 'backup', 'external_check'])
export type SetupStepId = z.infer<typeof SetupStepId>

export const SetupStep = z.object({
  id: SetupStepId,
  title: z.string(),
  done: z.boolean(),
  at: Timestamp.nullable().meta({ description: 'When it last succeeded; null: never' }),
  detail: z.string().meta({ description: 'What is the case now' }),
  next: z
    .object({
      text: z.string(),
      command: z.string().nullable().meta({ description: 'A command that does it' }),
    })
    .nullable()
    .meta({ description: 'What to do; null: nothing' }),
})
export type SetupStep = z.infer<typeof SetupStep>

export const Setup = z.object({
  complete: z.boolean().meta({ description: 'Whether every step is done' }),
  steps: z.array(SetupStep),
})
export type Setup = z.infer<typeof Setup>
