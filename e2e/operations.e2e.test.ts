import type { Channel, GoldenSignals, Notification } from '@eviltwin/contract'
import { expect, inject, test } from 'vitest'
import { startHttpReceiver } from '../server/src/testing/http-receiver.js'
import { createEmptyDatabase } from '../server/src/testing/test-database.js'
import { until } from '../server/src/testing/until.js'
import { control, restart } from './postgres-control.js'
import { accessToken, createInstallation, PASSWORD, reader, SENSOR_KEY } from './server-process.js'

const [postgres] = inject('postgresServers').slice(-1)

test.skipIf(!postgres)(
  'a database that is stopped is told without it, resolves when it is back; a leader that is killed is succeeded',
  async () => {
    if (!postgres) return
    const { url, drop } = await createEmptyDatabase(postgres)
    const receiver = await startHttpReceiver()
    const environment = {
      DATABASE_URL: url,
      SECRET_KEY: 'the same secret key on all the replicas',
      ADMIN_PASSWORD: PASSWORD,
      BOOTSTRAP_SENSOR_KEY: SENSOR_KEY,
      OUTBOUND_ALLOWED_NETWORKS: '127.0.0.0/8',
      METRICS_OPEN: 'true',
    }
    const installations = [await createInstallation(environment), await createInstallation(environment)]
    const servers = []
    for (const installation of installations) servers.push(await installation.start())
    const told = () =>
      receiver.requests
        .map(({ body }) => JSON.parse(body) as Notification)
        .flatMap((notice) => (notice.kind === 'operational_alert' ? [`${notice.rule} ${notice.status}`] : []))
    try {
      const [first, second] = installations as [(typeof installations)[0], (typeof installations)[0]]
      const token = await accessToken(first.url)
      const added = await fetch(`${first.url}/channels`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({
          name: 'on call',
          settings: { type: 'webhook', url: receiver.url, secret: 'a secret of 24 characters' },
        }),
      })
      expect(((await added.json()) as Channel).has_secret).toBe(true)
      const read = await reader(second.url)
      const replicas = async () => (await read<GoldenSignals>('/ops/signals')).replicas
      await until(async () => {
        const live = await replicas()
        return live.length === 2 && live.some((replica) => replica.leader)
      })

      // The channels are remembered from the last poll.
      for (const { url: replica } of installations) {
        const remembered = async () =>
          (await (await fetch(`${replica}/metrics`)).text()).includes(
            'eviltwin_operational_alert_fallback_channels 1\n',
          )
        await until(remembered)
      }
      control(postgres, 'stop', '-m', 'immediate')
      await until(() => told().includes('Database unreachable firing'))
      restart(postgres)
      await until(() => told().includes('Database unreachable resolved'))
      expect(told().filter((notice) => notice.endsWith('resolved'))).toEqual([
        'Database unreachable resolved',
      ])

      // Whoever leads now is killed; the other one leads within the promised fifteen seconds.
      const byAge = await until(async () => {
        const live = await replicas().catch(() => [])
        return live.length === 2 && live.some((replica) => replica.leader) && live
      })
      // Replicas are listed by their start, and were started in the order of the installations.
      const victim = byAge.findIndex((replica) => replica.leader)
      const survivor = 1 - victim
      const killed = byAge[victim]?.id
      const readSurvivor = await reader(installations[survivor]?.url ?? '')
      const killedAt = performance.now()
      await servers[victim]?.kill('SIGKILL')
      await until(async () => {
        const { replicas: live } = await readSurvivor<GoldenSignals>('/ops/signals')
        return live.some(({ id, leader: leads }) => leads && id !== killed)
      })
      console.info(`another replica led after ${((performance.now() - killedAt) / 1000).toFixed(1)} s`)
    } finally {
      for (const server of servers) await server.kill('SIGTERM')
      await receiver.close()
      await drop()
      for (const installation of installations) installation.remove()
    }
  },
)
