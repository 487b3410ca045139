import fc from 'fast-check'
import { expect, test } from 'vitest'
import { atOnce } from '../../domain/turns.js'
import { readingEnvelopes } from './hec-envelopes.js'

const LIMITS = { maxRecords: 100, maxDepth: 64, maxRecordBytes: 1_000_000 }
const read = (body: Buffer, limits = LIMITS) => atOnce(readingEnvelopes(body, limits))
const object = fc.dictionary(fc.string(), fc.jsonValue())

test('whatever is in an envelope, in whatever order and spacing, the event keeps its bytes', () => {
  const envelope = fc.record({
    before: object,
    event: object.map((value) => JSON.stringify({ ...value, sensor: 's', time: 1 }, null, 1)),
    after: object,
    space: fc.constantFrom('', ' ', '\n\t'),
  })
  fc.assert(
    fc.property(
      fc.array(envelope, { minLength: 1, maxLength: 5 }),
      fc.constantFrom('', '\n', ' '),
      (list, between) => {
        const members = (value: object) =>
          Object.entries(value)
            .filter(([name]) => name !== 'event')
            .map(([name, member]) => `${JSON.stringify(name)}:${JSON.stringify(member)},`)
            .join('')
        const body = list
          .map(
            ({ before, event, after, space }) =>
              `{${members(before)}"\\u0065vent"${space}:${space}${event}${space},${members(after)}"last":null}`,
          )
          .join(between)
        const records = read(Buffer.from(body), LIMITS)
        expect(records.map((record) => ('raw' in record ? record.raw : record.rejection))).toEqual(
          list.map(({ event }) => event),
        )
      },
    ),
  )
})

test('of two events in one envelope the last counts, as in JSON', () => {
  const [record] = read(Buffer.from('{"event":{"a":1},"event":{"a":2}}'), LIMITS)
  expect(record).toMatchObject({ raw: '{"a":2}', json: { a: 2 } })
})

test('what the envelope says goes beside the event, whose own words count first', () => {
  const [bare, own] = read(
    Buffer.from('{"time":7,"host":"h","event":{"a":1}}{"time":7,"host":"h","event":{"ts":1,"node_id":"n"}}'),
    LIMITS,
  )
  const envelope = { time: 7, host: 'h' }
  expect(bare).toEqual({ json: { a: 1 }, raw: '{"a":1}', envelope })
  expect(own).toEqual({ json: { ts: 1, node_id: 'n' }, raw: '{"ts":1,"node_id":"n"}', envelope })
})
