import type { NewHeartbeat, Sensor, SensorExpectationChange, SensorQuery } from '@eviltwin/contract'
import type { KeyBinding } from '../../domain/key-binding.js'
import type { EventOf, Publish } from '../../domain/platform-event.js'
import { timestampOf } from '../../domain/timestamp.js'
import { InvalidInputError, NotFoundError } from '../../platform/errors.js'
import { cleanText } from './adapters/fields.js'
import { sensorOfHeartbeat } from './silence/heartbeat-sensor.js'
import type { Heartbeats } from './silence/heartbeats.js'
import type { SensorPage, SensorStore } from './store.js'

/** Sensors as people and senders see them. */
export interface SensorService {
  /** @throws {InvalidInputError} for a cursor of another list. */
  list(query: SensorQuery): Promise<SensorPage>
  /** What an administrator said of a sensor, with its name; null: nothing. */
  expectationOf(sensor_id: string): Promise<object | null>
  /** @throws {NotFoundError} */
  expect(change: SensorExpectationChange, by: string): Promise<Sensor>
  /** The heartbeat that a record of a sensor was; what cannot be kept is counted. */
  notePing(ping: EventOf<'sensor_pinged'>): void
  /**
   * @param declared the sensor that the request names. @param key null without a key (INGEST_AUTH=none).
   * @returns false where too many wait. @throws {AppError} where the key may not speak for the sensor, see {@link sensorOfHeartbeat}.
   */
  noteHeartbeat(
    heartbeat: NewHeartbeat,
    declared: string | undefined,
    key: { id: string; binding: KeyBinding } | null,
  ): boolean
}

export interface SensorServiceOptions {
  store: SensorStore
  heartbeats: Pick<Heartbeats, 'note'>
  publish: Publish
  now: () => number
}

export function createSensorService({
  store,
  heartbeats,
  publish,
  now,
}: SensorServiceOptions): SensorService {
  const find = async (sensor_id: string) =>
    (await store.list({ limit: 1, sensor_id }, new Date(now()))).items[0]

  return {
    list: (query) => store.list(query, new Date(now())),
    async expectationOf(sensor_id) {
      const expectation = (await find(sensor_id))?.expectation
      return expectation ? { name: sensor_id, ...expectation } : null
    },
    async expect(change, by) {
      const isKept = await store.expect(change, { at: new Date(now()), by })
      const sensor = isKept ? await find(change.sensor_id) : undefined
      if (!sensor)
        throw new NotFoundError(
          `the sensor ${change.sensor_id} sent nothing yet; GET /sensors lists the sensors`,
        )
      return sensor
    },
    notePing({ sensor_id, key_id, software, sent_at }) {
      const count = (outcome: 'dropped' | 'refused') =>
        publish({ kind: 'sensor_heartbeats_processed', outcome, count: 1 })
      if (sensor_id === null) return count('refused')
      const received_at = new Date(now())
      const isNoted = heartbeats.note({
        sensor_id,
        key_id,
        instance_id: null,
        received_at,
        sent_at: sent_at !== null && isOfClock(sent_at) ? sent_at : null,
        software,
        version: null,
        spooled_bytes: null,
      })
      if (!isNoted) count('dropped')
    },
    noteHeartbeat({ sent_at, software, version, spooled_bytes, instance_id }, declared, key) {
      return heartbeats.note({
        sensor_id: sensorOfHeartbeat(key?.binding ?? { kind: 'any' }, declared),
        key_id: key?.id ?? null,
        instance_id,
        received_at: new Date(now()),
        sent_at: timeOf(sent_at),
        software: nameOf(software),
        version: nameOf(version),
        spooled_bytes,
      })
    },
  }
}

const YEARS = { first: 2000, last: 2099 } as const
const MAX_NAME = 64

/** Whether a clock shows such a time. */
function isOfClock(timestamp: string): boolean {
  const year = Number(timestamp.slice(0, 4))
  return year >= YEARS.first && year <= YEARS.last
}

/** @throws {InvalidInputError} for a time that no clock shows; one that is wrong by years is what people want to know. */
function timeOf(sent_at: string): string {
  const at = timestampOf(Date.parse(sent_at))
  if (isOfClock(at)) return at
  throw new InvalidInputError(`sent_at is of a year from ${YEARS.first} to ${YEARS.last}`, [
    { pointer: '/sent_at', message: 'set the clock of the sender' },
  ])
}

function nameOf(text: string | null): string | null {
  return text === null ? null : cleanText(text, MAX_NAME)
}
