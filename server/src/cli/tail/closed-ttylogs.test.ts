import { expect, test } from 'vitest'
import { createClosedTtylogFinder } from './closed-ttylogs.js'

const lines = (...events: unknown[]) =>
  Buffer.from(
    events.map((event) => `${typeof event === 'string' ? event : JSON.stringify(event)}\n`).join(''),
  )
const closed = {
  eventid: 'cowrie.log.closed',
  session: 'a1',
  src_ip: '203.0.113.5',
  sensor: 'cowrie-1',
  ttylog: 'var/lib/cowrie/tty/0f3a',
}

test('a closed ttylog is found with its session, sensor, address, and the size of its terminal', () => {
  const finder = createClosedTtylogFinder('default-1')
  expect(
    finder.find(lines({ eventid: 'cowrie.client.size', session: 'a1', width: 132, height: 50 })),
  ).toEqual([])
  expect(finder.find(lines('noise', { eventid: 'cowrie.login.success' }, closed))).toEqual([
    { file: '0f3a', session: 'a1', sensor: 'cowrie-1', source_ip: '203.0.113.5', width: 132, height: 50 },
  ])
})

test('an event that names no sensor is of the sensor of the command', () => {
  const { sensor: _, ...withoutSensor } = closed
  const [found] = createClosedTtylogFinder('default-1').find(lines(withoutSensor))
  expect(found).toMatchObject({ sensor: 'default-1' })
})

test.each([
  ['a directory above', { ...closed, ttylog: '..' }],
  ['a hidden file', { ...closed, ttylog: 'tty/.secret' }],
  ['no name', { ...closed, ttylog: 'tty/' }],
  ['no text', { ...closed, ttylog: 7 }],
  ['a command that says so', { eventid: 'cowrie.command.input', input: 'cowrie.log.closed', session: 'a1' }],
])('%s is no ttylog', (_, event) => {
  expect(createClosedTtylogFinder(undefined).find(lines(event))).toEqual([])
})

test('of a path only the last part counts, so that no other directory is read', () => {
  const [found] = createClosedTtylogFinder(undefined).find(lines({ ...closed, ttylog: '../../etc/passwd' }))
  expect(found?.file).toBe('passwd')
})
