import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { until } from '../../server/src/testing/until.js'
import type { HostileCase } from './hostile-case.js'
import { SEVERE_COMMAND } from './seeded-sessions.js'
import { attackWith } from './stage.js'
import { flood } from './tally.js'

const SESSIONS = 500
const CLIENTS = 8

/** Many sessions of one address, each of which is worth an alert alone. */
export const campaign: HostileCase = {
  async prepare(stage) {
    return {
      async run({ isOver, tally }) {
        let sent = 0
        await flood(
          tally,
          CLIENTS,
          () => sent >= SESSIONS,
          () => {
            sent += 1
            return attackWith(
              stage,
              JSON.stringify({
                source_ip: '45.9.148.3',
                occurred_at: new Date().toISOString(),
                session: `campaign ${sent}`,
                command: SEVERE_COMMAND,
              }),
            )
          },
        )
        while (!isOver()) await sleep(100)
      },
      async verify() {
        await until(async () => {
          const [queue] = await stage.query('SELECT count(*)::int AS waiting FROM alert_queue')
          return queue?.['waiting'] === 0
        })
        const [alerts] = await stage.query(`SELECT count(*)::int AS raised,
          count(*) FILTER (WHERE suppressed_by IS NULL)::int AS announced FROM alerts`)
        expect(alerts?.['announced']).toBe(1)
        return [
          ['alerts', Number(alerts?.['raised'])],
          ['alerts that were announced', Number(alerts?.['announced'])],
        ]
      },
    }
  },
}
