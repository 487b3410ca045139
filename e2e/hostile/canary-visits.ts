import { setTimeout as sleep } from 'node:timers/promises'
import type { CanaryTokenDetail } from '@eviltwin/contract'
import { expect } from 'vitest'
import type { HostileCase } from './hostile-case.js'
import { flood, statusOf } from './tally.js'

const ADDRESSES = 400
const ADDRESSES_MS = 6_000
const CLIENTS = 64
/** CANARY_VISITS_PER_TOKEN. */
const VISITS_PER_TOKEN = 60

/** A link that was planted, once somebody has found it and enjoys it. */
export const canaryVisits: HostileCase = {
  environment: { TRUST_PROXY: '127.0.0.1' },
  async prepare(stage) {
    const created = await stage.call('/canary/tokens', {
      method: 'POST',
      body: JSON.stringify({ kind: 'link', name: 'the finance share' }),
    })
    const { url } = (await created.json()) as CanaryTokenDetail
    const visit = (from: string) =>
      fetch(`${stage.url}${new URL(url).pathname}`, { headers: { 'x-forwarded-for': from } })
    const began = Date.now()
    return {
      async run({ isOver, milliseconds, tally }) {
        const pause = Math.min(ADDRESSES_MS, milliseconds / 2) / ADDRESSES
        const visits: Promise<void>[] = []
        for (let n = 0; n < ADDRESSES; n += 1) {
          const answer = visit(`203.0.${100 + (n >> 8)}.${n & 255}`)
          visits.push(statusOf(answer).then((status) => tally.add(`many addresses ${status}`)))
          await sleep(pause)
        }
        await Promise.all(visits)
        await flood(tally, CLIENTS, isOver, () => visit('198.18.0.1'))
      },
      async verify() {
        const [stored] =
          await stage.query(`SELECT (SELECT count(*) FROM alerts WHERE kind = 'canary')::int AS alerts,
          (SELECT count(*) FROM events WHERE event_type = 'canary')::int AS events`)
        expect(stored?.['alerts']).toBe(1)
        // The limit of each minute, of which the attack touched one more than it lasted.
        const minutes = Math.ceil((Date.now() - began) / 60_000) + 1
        expect(stored?.['events']).toBeLessThanOrEqual(minutes * VISITS_PER_TOKEN)
        return [
          ['canary alerts', Number(stored?.['alerts'])],
          ['canary events', Number(stored?.['events'])],
        ]
      },
    }
  },
}
