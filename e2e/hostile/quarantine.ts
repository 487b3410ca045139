import { brotliCompressSync, constants } from 'node:zlib'
import type { Health, QuarantineUsage } from '@eviltwin/contract'
import { expect } from 'vitest'
import { until } from '../../server/src/testing/until.js'
import type { HostileCase } from './hostile-case.js'
import { attackWith } from './stage.js'
import { flood, statusOf } from './tally.js'

const MIB = 1024 * 1024
const LARGE_BODIES = 17
const BATCH_RECORDS = 60
const SHARE_BYTES = 32 * MIB
const BY_BROTLI = { 'content-encoding': 'br' }
const AS_LINES = { ...BY_BROTLI, 'content-type': 'application/x-ndjson' }

/** One record that decompresses to 64 MiB, another for each number. */
function largeRecord(n: number): Buffer {
  const bytes = Buffer.alloc(64 * MIB - 100, 0x41 + (n % 26))
  return compressed(Buffer.concat([Buffer.from('{"a":"'), bytes, Buffer.from('"}')]))
}

/** Lines that are no JSON, each as long as a record may be, and none like another. */
function batch(n: number): Buffer {
  const lines = Array.from(
    { length: BATCH_RECORDS },
    (_, line) => `no JSON ${n} ${line} ${' '.repeat(0.9 * MIB)}x`,
  )
  return compressed(Buffer.from(lines.join('\n')))
}

function compressed(bytes: Buffer): Buffer {
  return brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } })
}

/** Small bodies that become so much to keep that the quarantine was full, and every sensor was refused (507). */
export const quarantine: HostileCase = {
  environment: { QUARANTINE_MAX_BYTES_PER_KEY: String(SHARE_BYTES) },
  async prepare(stage) {
    const large = Array.from({ length: LARGE_BODIES }, (_, n) => largeRecord(n))
    return {
      async run({ isOver, tally }) {
        await Promise.all(
          large.map(async (body) => tally.add(await statusOf(attackWith(stage, body, BY_BROTLI)))),
        )
        await flood(tally, 2, isOver, (n) => attackWith(stage, batch(n), AS_LINES))
      },
      async verify() {
        const usage = (await (await stage.call('/quarantine/usage')).json()) as QuarantineUsage
        expect(usage.bytes).toBeLessThanOrEqual(SHARE_BYTES)
        const health = await until(async () => {
          const answer = (await (await fetch(`${stage.url}/health`)).json()) as Health
          return answer.status === 'degraded' && answer
        })
        return [
          ['bytes in the quarantine', usage.bytes],
          ['health', health.reasons.join('; ')],
        ]
      },
    }
  },
}
