import { expect, test } from 'vitest'
import { until } from '../../testing/until.js'
import { createSessionChanges, MAX_ANNOUNCED_SESSIONS, sessionsChanged } from './session-changes.js'

function start(announce: (ids: readonly string[] | null) => Promise<void> = async () => {}) {
  const announced: Array<readonly string[] | null> = []
  const counted: number[] = []
  const errors: unknown[] = []
  const changes = createSessionChanges({
    async announce(ids) {
      announced.push(ids)
      await announce(ids)
    },
    onAnnounced: (sessions) => void counted.push(sessions),
    onError: (error) => void errors.push(error),
  })
  return { changes, announced, counted, errors }
}

test('changes of one moment are announced together, each session once', async () => {
  const { changes, announced, counted } = start()
  for (const id of ['a', 'b', 'a']) changes.changed(id)
  await until(() => announced.length === 1)
  expect(announced).toEqual([['a', 'b']])
  changes.changed('a')
  await until(() => counted.length === 2)
  expect(announced[1]).toEqual(['a'])
})

test('more sessions than are named are announced without names, and what follows is named again', async () => {
  const { changes, announced, counted } = start()
  for (let n = 0; n <= MAX_ANNOUNCED_SESSIONS + 5; n += 1) changes.changed(`session ${n}`)
  await until(() => counted.length === 1)
  changes.changed('later')
  await until(() => counted.length === 2)
  expect(announced).toEqual([null, ['later']])
  expect(counted).toEqual([0, 1])
})

test('a session that nobody knows is announced without a name', async () => {
  const { changes, announced } = start()
  changes.changed('known')
  changes.changed(null)
  await until(() => announced.length === 1)
  expect(announced).toEqual([null])
})

test('the most that are named are named', async () => {
  const { changes, announced } = start()
  for (let n = 0; n < MAX_ANNOUNCED_SESSIONS; n += 1) changes.changed(`session ${n}`)
  await until(() => announced.length === 1)
  expect(announced[0]).toHaveLength(MAX_ANNOUNCED_SESSIONS)
})

test('changes during an announcement wait for the next one, also after one that failed', async () => {
  let release = () => {}
  const { changes, announced, errors } = start((ids) =>
    ids?.includes('first')
      ? new Promise((_, reject) => {
          release = () => reject(new Error('away'))
        })
      : Promise.resolve(),
  )
  changes.changed('first')
  await until(() => announced.length === 1)
  changes.changed('second')
  changes.changed('third')
  release()
  await until(() => announced.length === 2)
  expect(announced[1]).toEqual(['second', 'third'])
  expect(errors).toEqual([new Error('away')])
})

test('what there is when it stops is announced', async () => {
  const { changes, announced } = start()
  changes.changed('last')
  await changes.stop()
  changes.changed('too late')
  await changes.stop()
  expect(announced).toEqual([['last']])
})

test('a message names the sessions of a notification', () => {
  expect(sessionsChanged('a,b')).toEqual({ event_type: 'SESSIONS_CHANGED', payload: { ids: ['a', 'b'] } })
  for (const payload of [null, ''])
    expect(sessionsChanged(payload)).toEqual({ event_type: 'SESSIONS_CHANGED', payload: { ids: null } })
})
