import { z } from 'zod'
import { Timestamp } from './event.js'

const weekday = z.number().int().min(1).max(7).meta({ description: 'ISO 8601: 1 is Monday, 7 Sunday' })
const hour = z.number().int().min(0).max(23).meta({ description: 'From its begin, in UTC' })

/** The channel that is tested each week, and when. */
export const ChannelTestSchedule = z.object({
  channel_id: z.uuid(),
  channel_name: z.string().nullable().meta({ description: 'null: the channel was removed' }),
  weekday,
  hour,
  next_at: Timestamp.meta({ description: 'When the next test is due' }),
  chosen_by: z.string().meta({ description: 'Username' }),
})
export type ChannelTestSchedule = z.infer<typeof ChannelTestSchedule>

export const NewChannelTestSchedule = z.object({ channel_id: z.uuid(), weekday, hour })
export type NewChannelTestSchedule = z.infer<typeof NewChannelTestSchedule>

/** `waiting`: for the alert of an attack. `sending`: the alert waits for the channel, or is being sent. */
export const ChannelTestState = z.enum(['waiting', 'sending', 'delivered', 'failed'])
export type ChannelTestState = z.infer<typeof ChannelTestState>

/** One test of a channel with the alert of a synthetic attack. */
export const SyntheticChannelTest = z.object({
  id: z.uuid().meta({ description: 'Also of its message: see GET /channels/deliveries' }),
  channel_id: z.uuid(),
  channel_name: z.string().meta({ description: 'As it was named when the test began' }),
  requested_by: z.string().nullable().meta({ description: 'Username; null: the schedule' }),
  requested_at: Timestamp,
  state: ChannelTestState,
  run_id: z.uuid().nullable().meta({ description: 'The attack whose alert was sent' }),
  sent_at: Timestamp.nullable().meta({ description: 'When the alert was given to the channel' }),
  settled_at: Timestamp.nullable().meta({ description: 'When it was delivered, or found to have failed' }),
  failure: z.string().nullable().meta({ description: 'Why it failed' }),
})
export type SyntheticChannelTest = z.infer<typeof SyntheticChannelTest>

export const NewChannelTest = z.object({ channel_id: z.uuid() })
export type NewChannelTest = z.infer<typeof NewChannelTest>

export const ChannelTests = z.object({
  schedule: ChannelTestSchedule.nullable().meta({ description: 'null: no channel is tested' }),
  tests: z.array(SyntheticChannelTest).meta({ description: 'The newest 10' }),
})
export type ChannelTests = z.infer<typeof ChannelTests>
