import { expect, test } from 'vitest'
import type { SensorClaim } from './key-sensor-store.js'
import { createKeySensors } from './key-sensors.js'

const claim = (sensor_id: string, key_id = 'a') =>
  ({ kind: 'sensor_claimed', key_id, sensor_id, records: 1, allowed: false }) as const

test('of a key 100 refused sensors are noted, further ones as one, and those of other keys all the same', async () => {
  const written: SensorClaim[] = []
  const sensors = createKeySensors({ add: async (claims) => void written.push(...claims) }, () => 1_000)
  for (let n = 0; n < 150; n += 1) sensors.note(claim(`s${n}`))
  sensors.note(claim('s0'))
  sensors.note(claim('s0', 'b'))
  await sensors.flush()
  expect(written).toHaveLength(102)
  const records = (key_id: string, sensor_id: string) =>
    written.find((each) => each.key_id === key_id && each.sensor_id === sensor_id)?.records
  expect([records('a', ''), records('a', 's0'), records('b', 's0')]).toEqual([50, 2, 1])
  await sensors.flush()
  expect(written).toHaveLength(102)
})

test('what cannot be written is written with the next flush, and what came meanwhile is added', async () => {
  const written: SensorClaim[] = []
  let isDown = true
  const sensors = createKeySensors(
    {
      async add(claims) {
        if (isDown) throw new Error('the database is away')
        written.push(...claims)
      },
    },
    () => 1_000,
  )
  sensors.note(claim('s'))
  await expect(sensors.flush()).rejects.toThrow('away')
  sensors.note(claim('s'))
  isDown = false
  await sensors.flush()
  expect(written.map(({ sensor_id, records }) => [sensor_id, records])).toEqual([['s', 2]])
})
