import { readFile } from 'node:fs/promises'
import type { JsonObject } from '../../domain/json.js'

const CAPTURE = new URL('../../../demo/capture.ndjson', import.meta.url)

/** The built-in capture as NDJSON, as if it had happened during the day that ends at `end` (milliseconds since the epoch). */
export async function captureEndingAt(end: number): Promise<string> {
  const lines = (await readFile(CAPTURE, 'utf8')).trim().split('\n')
  const records = lines.map((line) => JSON.parse(line) as JsonObject & { timestamp: string })
  const shift = end - Math.max(...records.map(({ timestamp }) => Date.parse(timestamp)))
  return records
    .map((record) => ({ ...record, timestamp: new Date(Date.parse(record.timestamp) + shift).toISOString() }))
    .map((record) => JSON.stringify(record))
    .join('\n')
}
