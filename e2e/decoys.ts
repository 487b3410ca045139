import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Event } from '@eviltwin/contract'
import { freePort } from '../server/src/testing/free-port.js'
import { until } from '../server/src/testing/until.js'
import {
  createInstallation,
  type Installation,
  PASSWORD,
  type RunningServer,
  reader,
} from './server-process.js'

/** Reads the API. */
export type Reader = Awaited<ReturnType<typeof reader>>

/** A server, the decoys beside it that listen on 127.0.0.1, and what reads its API. */
export interface ServerWithDecoys<Protocol extends string> {
  installation: Installation
  server: RunningServer
  ports: Readonly<Record<Protocol, number>>
  get: Reader
  stop(): Promise<void>
}

/** @param seed of the identity of its decoys; without it a new one. */
export async function startWithDecoys<Protocol extends string>(
  protocols: readonly Protocol[],
  { seed, environment = {} }: { seed?: Buffer; environment?: NodeJS.ProcessEnv } = {},
): Promise<ServerWithDecoys<Protocol>> {
  const ports = {} as Record<Protocol, number>
  for (const protocol of protocols) ports[protocol] = await freePort()
  const installation = await createInstallation({ ADMIN_PASSWORD: PASSWORD, ...environment })
  if (seed) keepSeed(installation.dataDir, seed)
  const listeners = protocols.map((protocol) => `${protocol}:${ports[protocol]}`)
  const server = await installation.start('--decoys', listeners.join())
  await until(() =>
    protocols.every((protocol) =>
      server.output().stderr.includes(`Decoy ${protocol}: 127.0.0.1 port ${ports[protocol]}`),
    ),
  )
  return {
    installation,
    server,
    ports,
    get: await reader(installation.url),
    async stop() {
      await server.kill('SIGTERM')
      installation.remove()
    },
  }
}

/** Gives the decoys of a data or state directory their identity; makes the directory where there is none. */
export function keepSeed(directory: string, seed: Buffer): void {
  mkdirSync(join(directory, 'decoys'), { recursive: true })
  writeFileSync(join(directory, 'decoys', 'identity.seed'), seed.toString('hex'), { mode: 0o600 })
}

/** The events of all sessions of an address, once there is one that `isThere` accepts. */
export function eventsOf(get: Reader, address: string, isThere: (event: Event) => boolean): Promise<Event[]> {
  return until(async () => {
    const { items } = await get<{ items: Array<{ id: string }> }>(`/sessions?src_ip=${address}&limit=100`)
    const pages = await Promise.all(
      items.map(({ id }) => get<{ items: Event[] }>(`/sessions/${id}/events?limit=100`)),
    )
    const events = pages.flatMap((page) => page.items)
    return events.some(isThere) && events
  })
}
