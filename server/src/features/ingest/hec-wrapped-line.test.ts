import { expect, test } from 'vitest'
import { atOnce } from '../../domain/turns.js'
import { readingEnvelopes } from './hec-envelopes.js'

const LIMITS = { maxRecords: 100, maxDepth: 64, maxRecordBytes: 1_000_000 }
const rawOf = (event: unknown) => {
  const [record] = atOnce(readingEnvelopes(Buffer.from(JSON.stringify({ event })), LIMITS))
  return record && 'raw' in record ? record.raw : null
}
const LINE = '{"src_ip":"203.0.113.7","n":1}'

test.each([
  ['Docker, inline', { line: LINE, source: 'stdout', tag: 'a' }],
  ['Docker, json', { line: JSON.parse(LINE), source: 'stderr', attrs: { a: 'b' } }],
  ['Fluent Bit', { log: LINE }],
  [
    'Fluent Bit in Kubernetes',
    { log: `${LINE}\n`, stream: 'stdout', time: 'x', kubernetes: { pod_name: 'p' } },
  ],
  ['Vector', { message: LINE, source_type: 'file', file: '/x' }],
  [
    'Logstash',
    { message: LINE, '@version': '1', '@timestamp': 'x', event: { original: LINE }, host: { name: 'h' } },
  ],
  ['splunk-logging', { message: JSON.parse(LINE), severity: 'info' }],
])('the line that %s wraps is the record', (_, event) => {
  expect(rawOf(event)).toBe(LINE)
})

test.each([
  ['with a member that no shipper adds', { line: LINE, source: 'stdout', src_ip: '203.0.113.8' }],
  ['of the Elastic Common Schema', { message: LINE, '@timestamp': 'x', source: { ip: '203.0.113.8' } }],
  ['whose line is no object', { line: 'started', source: 'stdout' }],
  ['whose line is a list', { log: '[1]' }],
  ['that OpenCanary wraps', { message: '{"logtype":2000}' }],
  ['with a line that is nested too deeply', { log: `{"a":${'['.repeat(99)}${']'.repeat(99)}}` }],
])('an event %s is kept whole', (_, event) => {
  expect(rawOf(event)).toBe(JSON.stringify(event))
})
