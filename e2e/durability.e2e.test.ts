import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, inject, test } from 'vitest'
import { createEmptyDatabase } from '../server/src/testing/test-database.js'
import { until } from '../server/src/testing/until.js'
import { audit, sendEvents } from './load.js'
import { control, restart } from './postgres-control.js'
import { createInstallation, PASSWORD, SENSOR_KEY } from './server-process.js'

const ROUNDS = Number(process.env['DURABILITY_ROUNDS'] ?? 3)

test(`${ROUNDS} times kill -9 under load: every acknowledged event is there, none twice, and all counts agree`, async () => {
  const installation = await createInstallation({
    ADMIN_PASSWORD: PASSWORD,
    BOOTSTRAP_SENSOR_KEY: SENSOR_KEY,
  })
  try {
    let server = await installation.start()
    const load = sendEvents(installation.url)
    for (let round = 0; round < ROUNDS; round += 1) {
      await sleep(700 + Math.random() * 600)
      await server.kill('SIGKILL')
      server = await installation.start()
    }
    await load.stop()
    const password = readFileSync(join(installation.dataDir, 'postgres', 'cluster.password'), 'utf8').trim()
    const host = join(installation.dataDir, 'postgres', 'run')
    const stored = await audit({ host, user: 'eviltwin', database: 'eviltwin', password }, load.acknowledged)
    await server.kill('SIGTERM')
    expect(load.acknowledged.size).toBeGreaterThan(100)
    console.info(`kill -9: ${ROUNDS} rounds, ${load.acknowledged.size} acknowledged, ${stored} stored`)
  } finally {
    installation.remove()
  }
})

describe.each(inject('postgresServers').slice(-1))('on $version', (postgres) => {
  test(`${ROUNDS} times pg_ctl stop -m immediate under load: the same, and the server itself never goes away`, async () => {
    const { url, drop } = await createEmptyDatabase(postgres)
    const installation = await createInstallation({
      DATABASE_URL: url,
      ADMIN_PASSWORD: PASSWORD,
      BOOTSTRAP_SENSOR_KEY: SENSOR_KEY,
    })
    try {
      const server = await installation.start()
      const load = sendEvents(installation.url)
      for (let round = 0; round < ROUNDS; round += 1) {
        await sleep(700 + Math.random() * 600)
        control(postgres, 'stop', '-m', 'immediate')
        const health = async () => {
          const answer = await fetch(`${installation.url}/health`)
          return [answer.status, ((await answer.json()) as { database: boolean }).database].join()
        }
        await until(async () => (await health()) === '503,false')
        restart(postgres)
        await until(async () => (await health()) === '200,true')
        const before = load.acknowledged.size
        await until(() => load.acknowledged.size > before)
      }
      await load.stop()
      const stored = await audit({ connectionString: url }, load.acknowledged)
      await server.kill('SIGTERM')
      expect(server.process.exitCode).toBe(0)
      console.info(
        `pg_ctl stop -m immediate: ${ROUNDS} rounds, ${load.acknowledged.size} acknowledged, ${stored} stored`,
      )
    } finally {
      await drop()
      installation.remove()
    }
  })
})
