import { v7 as uuidV7 } from 'uuid'
import type { Publish } from '../../../domain/platform-event.js'
import { timestampOf } from '../../../domain/timestamp.js'
import type { Logger } from '../../../platform/logger.js'
import type { TestMessageStore } from '../../notifications/index.js'
import { judgeDelivery } from './judgement.js'
import type { ChannelTestStore, OpenTest, RaisedAlert, Settled } from './store.js'
import { nextWeekly } from './weekly.js'

export interface TesterOptions {
  store: ChannelTestStore
  messages: TestMessageStore
  /** Why nothing is attacked now; null: attacks are made. */
  idleBecause: () => Promise<string | null>
  /** How long an attack may take to become an alert, in milliseconds. */
  alertWithinMs: number
  log: Logger
  now: () => number
  publish: Publish
}

/**
 * Tests the chosen channel when it is due, and takes each test a step further: the alert of an attack that is made for it is given to the
 * outbox, and what becomes of the message is the outcome. All of it is in the database: whichever process leads goes on with it.
 * @returns the work of one look, for the process that leads.
 */
export function createTester(options: TesterOptions): () => Promise<void> {
  const { store, messages, log, now, publish } = options

  async function advance(test: OpenTest): Promise<void> {
    if (test.state === 'waiting')
      return test.begun_at === null ? begin(test) : awaitAlert(test, test.begun_at)
    if (test.sent_at === null) return
    const verdict = judgeDelivery(await messages.delivery(test.id), Date.parse(test.sent_at), now())
    if (verdict) await settle(test, verdict)
  }

  async function begin(test: OpenTest): Promise<void> {
    const problem = await channelProblem(test.channel_id)
    if (problem !== null) return settle(test, { state: 'failed', failure: problem })
    await store.begin(test.id, new Date(now()))
  }

  async function awaitAlert(test: OpenTest, begun_at: string): Promise<void> {
    const raised = await store.alertSince(begun_at)
    if (raised) return send(test, raised)
    const at = now()
    if (at - Date.parse(begun_at) <= options.alertWithinMs) return store.makeAttackDue(begun_at, new Date(at))
    const seconds = Math.round(options.alertWithinMs / 1000)
    const failure = `no attack became an alert within ${seconds} s, so nothing was sent: the attacks of that time say why`
    await settle(test, { state: 'failed', failure })
  }

  async function send(test: OpenTest, { run_id, alert }: RaisedAlert): Promise<void> {
    const at = now()
    const message = messageOf(test)
    const notice = { kind: 'test' as const, sent_at: timestampOf(at), message, alert }
    if (await messages.add(test.id, test.channel_id, notice, new Date(at)))
      return store.sent(test.id, run_id, new Date(at))
    const failure = (await channelProblem(test.channel_id)) ?? 'the channel was changed meanwhile'
    await settle(test, { state: 'failed', failure })
  }

  async function channelProblem(id: string): Promise<string | null> {
    const channel = await messages.channel(id)
    if (!channel) return 'the channel was removed'
    return channel.enabled ? null : 'the channel is disabled'
  }

  async function settle(test: OpenTest, settled: Settled): Promise<void> {
    if (!(await store.settle(test.id, settled, new Date(now())))) return
    const facts = { test_id: test.id, channel_id: test.channel_id, channel: test.channel_name }
    publish({ kind: 'channel_tested', delivered: settled.state === 'delivered' })
    if (settled.state === 'delivered') log.info('Channel test delivered', facts)
    else log.warning('Channel test failed', { ...facts, failure: settled.failure })
  }

  return async () => {
    await requestDue(options)
    for (const test of await store.unfinished()) await advance(test)
  }
}

/** Requests the weekly test once it is due. While no attacks are made it stays due. */
async function requestDue({ store, messages, now, idleBecause }: TesterOptions): Promise<void> {
  const schedule = await store.schedule()
  const at = now()
  if (!schedule || Date.parse(schedule.next_at) > at) return
  if ((await idleBecause()) !== null) return
  const { channel_id } = schedule
  const channel = await messages.channel(channel_id)
  const test = {
    id: uuidV7(),
    channel_id,
    channel_name: channel?.name ?? channel_id,
    requested_by: null,
    requested_at: new Date(at),
  }
  await store.addDue(test, new Date(nextWeekly(schedule, at)))
}

function messageOf({ channel_name, requested_by }: OpenTest): string {
  const why = requested_by === null ? 'The weekly test' : `A test that ${requested_by} asked for`
  return `${why} of the channel ${channel_name}: this is the alert of an attack that EvilTwin made on itself. Nobody attacked, and nothing is to be done.`
}
