import { expect, test } from 'vitest'
import type { PlatformEvent } from '../domain/platform-event.js'
import { createEvents } from './events.js'

const SUPPRESSED: PlatformEvent = { kind: 'alert_suppressed', threat_level: 'high', suppressed_by: 'mute' }

test('subscribers receive the kinds that they handle, in the order in which they subscribed', () => {
  const events = createEvents(() => {})
  const received: string[] = []
  events.subscribe({ alert_suppressed: ({ suppressed_by }) => received.push(`first ${suppressed_by}`) })
  events.subscribe({
    alert_suppressed: ({ threat_level }) => received.push(`second ${threat_level}`),
    chat_requested: () => received.push('chat'),
  })
  events.publish(SUPPRESSED)
  events.publish({ kind: 'analysis_requested' })
  expect(received).toEqual(['first mute', 'second high'])
})

test('a subscriber that fails harms neither the publisher nor the other subscribers', () => {
  const failures: unknown[] = []
  const events = createEvents((error, kind) => failures.push([kind, (error as Error).message]))
  const received: PlatformEvent[] = []
  events.subscribe({
    alert_suppressed() {
      throw new Error('broken')
    },
  })
  events.subscribe({ alert_suppressed: (event) => received.push(event) })
  events.publish(SUPPRESSED)
  expect([failures, received]).toEqual([[['alert_suppressed', 'broken']], [SUPPRESSED]])
})
