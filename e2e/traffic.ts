import { readFileSync } from 'node:fs'
import { realLines } from '../server/src/testing/real-data.js'
import { SENSOR_KEY } from './server-process.js'

/** Our own capture, for machines without the real ones. */
const DEMO = new URL('../server/demo/capture.ndjson', import.meta.url)

/**
 * What a Cowrie sensor really wrote (the demo's capture where there is nothing real), moved in time so that its last line is of now, since
 * a dashboard is about the last hours.
 */
export function recentCapture(limit = 3_000): string[] {
  // Pictures are published: they show documentation addresses.
  const real = process.env['SCREENSHOTS'] ? [] : realLines('cowrie')
  const lines = real.length > 0 ? real.slice(-limit) : readFileSync(DEMO, 'utf8').trim().split('\n')
  const records = lines.map((line) => JSON.parse(line) as { timestamp: string; uuid?: string })
  const last = Math.max(...records.map(({ timestamp }) => Date.parse(timestamp)))
  const ahead = Date.now() - 60_000 - last
  return records.map(({ uuid: _, timestamp, ...record }) =>
    JSON.stringify({ ...record, timestamp: new Date(Date.parse(timestamp) + ahead).toISOString() }),
  )
}

/** Sends lines as a sensor does. @throws {Error} unless all became events. */
export async function sendLines(url: string, lines: readonly string[]): Promise<void> {
  const response = await fetch(`${url}/log`, {
    method: 'POST',
    headers: { authorization: `Bearer ${SENSOR_KEY}`, 'content-type': 'application/x-ndjson' },
    body: lines.join('\n'),
  })
  const answer = (await response.json()) as { accepted: number; duplicates: number }
  if (answer.accepted + answer.duplicates !== lines.length)
    throw new Error(`not all of ${lines.length} lines were accepted: ${JSON.stringify(answer)}`)
}

/** Sends one thing that somebody did just now; its session key tells sessions apart. */
export async function sendEvent(url: string, event: object): Promise<void> {
  const response = await fetch(`${url}/log`, {
    method: 'POST',
    headers: { authorization: `Bearer ${SENSOR_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      source_ip: '203.0.113.7',
      time: new Date().toISOString(),
      session: 's',
      ...event,
    }),
  })
  if (response.status !== 200) throw new Error(`POST /log answered ${response.status}`)
}
