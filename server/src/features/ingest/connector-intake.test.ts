import { describe, expect, test } from 'vitest'
import type { PlatformEvent } from '../../domain/platform-event.js'
import { PayloadTooLargeError, StoreUnavailableError } from '../../platform/errors.js'
import { silent } from '../../testing/silent.js'
import { createConnectorIntake, type IdentifiedKey } from './connector-intake.js'
import type { Received } from './intake.js'

const KEY: IdentifiedKey = { id: 'k', prefix: 'et_12345', binding: { kind: 'any' }, scopes: ['ingest'] }
const RECORDS = [{ json: {}, raw: '{}' }]

/** @param outcomes of one attempt after another; then all succeed. */
function setUp(outcomes: Array<Error | null> = [], key: () => IdentifiedKey | undefined = () => KEY) {
  const published: PlatformEvent[] = []
  const submitted: Received[] = []
  const paused: number[] = []
  const abort = new AbortController()
  let problem: string | null = null
  const connectors = createConnectorIntake({
    intake: {
      async submitFrom(_origin, received) {
        const failure = outcomes.shift()
        if (failure) throw failure
        submitted.push(received)
        return []
      },
    },
    identifyKey: async () => key(),
    storageProblem: () => problem,
    publish: (event) => void published.push(event),
    log: silent('test'),
    async pause(ms) {
      paused.push(ms)
      problem = null
      if (paused.length === 20) abort.abort()
    },
  })
  return {
    connectors,
    store: (records = RECORDS) =>
      connectors.store({ connector: 'syslog', key: 'text', signal: abort.signal }, records),
    submitted,
    paused,
    abort,
    setProblem: (text: string) => {
      problem = text
    },
    waits: () => published.flatMap((event) => (event.kind === 'connector_waiting' ? event.reason : [])),
  }
}

const away = () => new StoreUnavailableError('away')

describe('records of a connector', () => {
  test('that make too many events together are stored in halves', async () => {
    const [one, two, three] = ['a', 'b', 'c'].map((name) => ({ json: { name }, raw: name }))
    const { store, submitted, paused } = setUp([new PayloadTooLargeError('more than 2 events')])
    expect(await store([one, two, three].flatMap((record) => record ?? []))).toBe('stored')
    expect(submitted).toEqual([
      { records: [one], pings: [] },
      { records: [two, three], pings: [] },
    ])
    expect(paused).toEqual([])
  })

  test('wait while the database is away, longer each time and 10 s at most, and are stored once it is back', async () => {
    const { store, submitted, paused, waits } = setUp(Array.from({ length: 9 }, away))
    expect(await store()).toBe('stored')
    expect(submitted).toEqual([{ records: RECORDS, pings: [] }])
    expect(waits()).toEqual(Array(9).fill('store-unavailable'))
    expect(paused[0]).toBeLessThanOrEqual(250)
    expect(paused[8]).toBeGreaterThanOrEqual(5_000)
    expect(Math.max(...paused)).toBeLessThanOrEqual(10_000)
  })

  test('wait while there is no room to store', async () => {
    const { store, setProblem, waits } = setUp()
    setProblem('the disk is full')
    expect(await store()).toBe('stored')
    expect(waits()).toEqual(['storage-full'])
  })

  test('wait while their key is refused, which is a problem of the platform until it is accepted', async () => {
    let key: IdentifiedKey | undefined
    const { connectors, store, paused } = setUp([], () => {
      if (paused.length === 1) key = { ...KEY, scopes: ['metrics:read'] }
      if (paused.length === 2) {
        expect(connectors.problems()).toEqual([
          expect.stringContaining('the sensor key of syslog is refused'),
        ])
        key = KEY
      }
      return key
    })
    expect(await store()).toBe('stored')
    expect(paused).toHaveLength(2)
    expect(connectors.problems()).toEqual([])
  })

  test('are given up after three failures that do not pass', async () => {
    const broken = () => new TypeError('a mistake')
    const { store, submitted, waits } = setUp([broken(), away(), broken(), broken()])
    expect(await store()).toBe('not_storable')
    expect(submitted).toEqual([])
    expect(waits()).toEqual(['unexpected', 'store-unavailable', 'unexpected'])
  })

  test('wait no longer when the server stops, after one more attempt', async () => {
    const stopped = setUp(Array.from({ length: 100 }, away))
    expect(await stopped.store()).toBe('stopped')
    expect(stopped.paused).toHaveLength(20)
    const { store, abort, submitted } = setUp()
    abort.abort()
    expect(await store()).toBe('stored')
    expect(submitted).toHaveLength(1)
  })
})
