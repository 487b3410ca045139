import { expect, test } from 'vitest'
import { createFailedFirings } from './failed-firings.js'
import type { DirectAttempt } from './fallback-notifier.js'

const attempt = (
  rule: string,
  channel: string,
  outcome: DirectAttempt['outcome'],
  status: 'firing' | 'resolved' = 'firing',
): DirectAttempt =>
  ({
    notification: { kind: 'operational_alert', rule, status },
    channel: { id: channel },
    outcome,
    settledAt: 0,
    detail: null,
  }) as DirectAttempt

/** Sends again to nobody but the channels in `reachable`. */
function setUp() {
  const clock = { at: 0 }
  const reachable = new Set<string>()
  const sent: DirectAttempt[][] = []
  const firings = createFailedFirings(
    async (failed) => {
      sent.push([...failed])
      return failed.map((each) => ({
        ...each,
        outcome: reachable.has(each.channel.id) ? 'delivered' : 'failed',
      }))
    },
    () => clock.at,
  )
  return { clock, reachable, sent, firings }
}

test('a firing that failed is sent again every half minute, until it is delivered', async () => {
  const { clock, reachable, sent, firings } = setUp()
  firings.note([attempt('A', 'one', 'failed'), attempt('A', 'two', 'delivered')])
  clock.at = 29_999
  expect(await firings.retry()).toEqual([])
  expect(sent).toEqual([])
  clock.at = 30_000
  expect(await firings.retry()).toEqual([])
  reachable.add('one')
  clock.at = 60_000
  expect(await firings.retry()).toMatchObject([{ channel: { id: 'one' }, outcome: 'delivered' }])
  clock.at = 90_000
  expect(await firings.retry()).toEqual([])
  expect(sent).toHaveLength(2)
})

test('however often a firing fails, it is kept once for each rule and channel, and until its rule is over', async () => {
  const { clock, sent, firings } = setUp()
  for (let n = 0; n < 50; n += 1)
    firings.note(['A', 'B'].flatMap((rule) => ['one', 'two'].map((id) => attempt(rule, id, 'failed'))))
  clock.at = 30_000
  await firings.retry()
  expect(sent[0]).toHaveLength(4)
  firings.note([attempt('B', 'one', 'failed', 'resolved'), attempt('A', 'two', 'delivered')])
  clock.at = 60_000
  await firings.retry()
  expect(sent[1]).toMatchObject([{ notification: { rule: 'A' }, channel: { id: 'one' } }])
})
