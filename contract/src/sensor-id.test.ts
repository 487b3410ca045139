import { expect, test } from 'vitest'
import { isCanarySensorId, sensorIdProblem } from './sensor-id.js'

test.each(['east-1', 'Büro 1', 'センサー1', 'a', 'x'.repeat(256), '10.0.0.1', 'ops/fra:2_b'])(
  'the id %j is one',
  (id) => {
    expect(sensorIdProblem(id)).toBeNull()
  },
)

test.each<[string, string]>([
  ['', 'at least one'],
  ['x'.repeat(257), 'at most 256'],
  ['\u200b', 'invisible'],
  ['east\u200b-1', 'invisible'],
  ['\ufeffeast-1', 'invisible'],
  ['\u202eeast-1', 'invisible'],
  ['\ufffd', 'replacement'],
  ['a\u0000b', 'control'],
  ['a\tb', 'control'],
  ['a\nb', 'control'],
  ['a\u0085b', 'control'],
  ['a\u2028b', 'invisible'],
  ['a\u00a0b', 'invisible'],
  ['\ud800', 'control'],
  ['ｅａｓｔ-1', 'NFKC'],
  ['Bu\u0308ro', 'NFKC'],
])('the id %j is none', (id, problem) => {
  expect(sensorIdProblem(id)).toContain(problem)
})

test('the ids of canary tokens are reserved in whatever case, and no others', () => {
  for (const id of [
    'canary-wiki-page-0a1b2c',
    'canary-0a1b2c',
    'canary-a--0a1b2c',
    'CANARY-Wiki-0A1B2C',
    'canary-webhook',
  ])
    expect([id, isCanarySensorId(id)]).toEqual([id, true])
  for (const id of ['canary-east', 'opencanary-1', 'canarytoken-1', 'my-canary-0a1b2c', 'canary-0a1b2c-x'])
    expect([id, isCanarySensorId(id)]).toEqual([id, false])
})
