import { resourceFromAttributes } from '@opentelemetry/resources'
import { expect, test } from 'vitest'
import { startHttpReceiver } from '../../testing/http-receiver.js'
import { createLogExport } from './log-export.js'
import { otlpTarget } from './otlp-target.js'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const line = (more: object) =>
  JSON.stringify({ timestamp: '2026-01-01T00:00:00.000Z', level: 'INFO', message: 'm', ...more })

test('a line with a trace id belongs to that trace, and to no span that nobody recorded', async () => {
  const receiver = await startHttpReceiver()
  try {
    const logs = createLogExport(resourceFromAttributes({}), otlpTarget(receiver.url, 'logs'))
    logs.destination.write(line({ trace_id: TRACE }))
    logs.destination.write(line({}))
    await logs.shutdown()
    const { resourceLogs } = JSON.parse(receiver.requests[0]?.body ?? '') as {
      resourceLogs: Array<{ scopeLogs: Array<{ logRecords: object[] }> }>
    }
    const [withTrace, without] = resourceLogs[0]?.scopeLogs[0]?.logRecords ?? []
    expect(withTrace).toHaveProperty('traceId', TRACE)
    expect(withTrace).not.toHaveProperty('spanId')
    expect(without).not.toHaveProperty('traceId')
  } finally {
    await receiver.close()
  }
})
