import type { Event } from '@eviltwin/contract'
import { expect, test } from 'vitest'
import { commandsIn } from './recorded-commands'

const STARTED_AT = Date.parse('2026-03-22T12:00:00Z')
/** An event so many seconds after the second in which the recording began. */
const event = (seconds: number, command: string | null, further: Partial<Event> = {}) => ({
  id: `${seconds}`,
  event_type: 'command' as const,
  outcome: null,
  occurred_at: new Date(STARTED_AT + seconds * 1000).toISOString(),
  command,
  ...further,
})

test('a command is at the key that ended its line, in whichever part of its second the recording began', () => {
  const times = { startedAt: STARTED_AT, lineEnds: [1, 4, 9], duration: 10 }
  for (const begun of [0, 0.4, 0.99]) {
    const events = [event(begun + 1, 'one'), event(begun + 4, 'two'), event(begun + 9, 'three')]
    expect(commandsIn(events, times).map(({ command, recorded }) => [command, recorded])).toEqual([
      ['one', 1],
      ['two', 4],
      ['three', 9],
    ])
  }
})

test('without such a key a command is where its event says', () => {
  const times = { startedAt: STARTED_AT, lineEnds: [1], duration: 10 }
  expect(commandsIn([event(5, 'later'), event(10.8, 'at the end')], times)).toMatchObject([
    { recorded: 5 },
    { recorded: 10 },
  ])
})

test('commands of other recordings, their second reports and other events are left out', () => {
  const times = { startedAt: STARTED_AT, lineEnds: [], duration: 10 }
  const events = [
    event(-20, 'before'),
    event(30, 'behind'),
    event(1, 'unknown', { outcome: 'failure' }),
    event(2, 'root', { event_type: 'login_attempt' }),
    event(3, null),
    event(4, 'kept'),
    event(5, 'no time', { occurred_at: 'never' }),
  ]
  expect(commandsIn(events, times).map(({ command }) => command)).toEqual(['kept'])
})
