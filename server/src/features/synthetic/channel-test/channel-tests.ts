import type {
  ChannelTestSchedule,
  ChannelTests as ChannelTestsView,
  NewChannelTestSchedule,
  SyntheticChannelTest,
} from '@eviltwin/contract'
import { v7 as uuidV7 } from 'uuid'
import { ConflictError } from '../../../platform/errors.js'
import { channelNotFound, type TestMessageStore } from '../../notifications/index.js'
import type { ChannelTestStore } from './store.js'
import { nextWeekly } from './weekly.js'

/** Which channel is tested each week, as administrators choose it. */
export interface ChannelTests {
  view(): Promise<ChannelTestsView>
  schedule(): Promise<ChannelTestSchedule | null>
  /** @throws {NotFoundError} for a channel that there is not. */
  choose(schedule: NewChannelTestSchedule, chosen_by: string): Promise<ChannelTestSchedule>
  clear(): Promise<void>
  /** Begins a test now. @throws {NotFoundError} @throws {ConflictError} while nothing is attacked, or another test is under way. */
  begin(channel_id: string, requested_by: string): Promise<SyntheticChannelTest>
  /** The newest test of the channel that is tested each week, where it failed. */
  failed(): Promise<Array<{ channel_name: string; failure: string }>>
}

export interface ChannelTestsOptions {
  store: ChannelTestStore
  messages: Pick<TestMessageStore, 'channel'>
  /** Why nothing is attacked now; null: attacks are made. */
  idleBecause: () => Promise<string | null>
  /** Without SYNTHETIC_ATTACKS nothing is tested, and nothing that was tested before is an alert. */
  isOn: boolean
  now: () => number
}

const SHOWN_TESTS = 10

export function createChannelTests({
  store,
  messages,
  idleBecause,
  isOn,
  now,
}: ChannelTestsOptions): ChannelTests {
  async function channelOf(id: string): Promise<{ name: string }> {
    const channel = await messages.channel(id)
    if (!channel) throw channelNotFound(id)
    return channel
  }
  async function schedule(): Promise<ChannelTestSchedule | null> {
    const stored = await store.schedule()
    if (!stored) return null
    return { ...stored, channel_name: (await messages.channel(stored.channel_id))?.name ?? null }
  }

  return {
    schedule,
    view: async () => ({ schedule: await schedule(), tests: await store.newest(SHOWN_TESTS) }),
    async choose(chosen, chosen_by) {
      const { name: channel_name } = await channelOf(chosen.channel_id)
      const next = new Date(nextWeekly(chosen, now()))
      await store.choose(chosen, next, chosen_by)
      return { ...chosen, channel_name, next_at: next.toISOString(), chosen_by }
    },
    clear: store.clear,
    async begin(channel_id, requested_by) {
      const { name: channel_name } = await channelOf(channel_id)
      const idle = await idleBecause()
      if (idle !== null) throw new ConflictError(idle)
      const test = { id: uuidV7(), channel_id, channel_name, requested_by, requested_at: new Date(now()) }
      const added = await store.add(test)
      if (!added) throw new ConflictError('another test is under way; GET /synthetic/channel-test shows it')
      return added
    },
    async failed() {
      const chosen = isOn ? await store.schedule() : null
      const newest = chosen && (await store.newestOf(chosen.channel_id))
      return newest?.state === 'failed'
        ? [{ channel_name: newest.channel_name, failure: newest.failure ?? 'it was not delivered' }]
        : []
    },
  }
}
