import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Ingest } from '../features/ingest/ingest.js'
import type { Logger } from '../platform/logger.js'

const CAPTURE = new URL('../../demo/capture.ndjson', import.meta.url)
/** The last records of the capture arrive one by one over this time, so that the dashboard is seen to move. */
const LIVE_SECONDS = 45
const LIVE_RECORDS = 60

/** The capture comes from documentation addresses, which no feed lists otherwise. */
export const DEMO_SETTINGS = { FEEDS_INCLUDE_DOCUMENTATION_ADDRESSES: 'true' }

interface DemoRecord {
  timestamp: string
  [key: string]: unknown
}

/**
 * Replays the built-in capture as if it had happened during the last day and went on now: most of it at once, the
 * rest live.
 */
export async function playDemo(ingest: Ingest, log: Logger): Promise<void> {
  const lines = (await readFile(CAPTURE, 'utf8')).trim().split('\n')
  const records = lines.map((line) => JSON.parse(line) as DemoRecord)
  const end = Math.max(...records.map(({ timestamp }) => Date.parse(timestamp)))
  const shift = Date.now() + LIVE_SECONDS * 1000 - end
  const shifted = records.map((record) => ({
    ...record,
    timestamp: new Date(Date.parse(record.timestamp) + shift).toISOString(),
  }))
  const send = (batch: DemoRecord[]) =>
    ingest.submit({ request_id: 'demo', records: batch.map((json) => ({ json, raw: JSON.stringify(json) })) })
  try {
    const live = shifted.splice(-LIVE_RECORDS)
    await send(shifted)
    log.info('Demo capture loaded', { events: shifted.length })
    for (const record of live) {
      await sleep((LIVE_SECONDS * 1000) / LIVE_RECORDS)
      await send([{ ...record, timestamp: new Date().toISOString() }])
    }
    log.info('Demo capture complete')
  } catch (error) {
    log.error('Demo stopped', { cause: (error as Error).message })
  }
}
