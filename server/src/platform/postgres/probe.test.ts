import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import type { PlatformEvent } from '../../domain/platform-event.js'
import { silent } from '../../testing/silent.js'
import { openDatabase } from './database.js'

test('a ping that waits for the one before it is not an exhausted pool; a statement that waits for a connection is', async () => {
  // A database that hangs: it takes connections and answers nothing.
  const sockets = new Set<Socket>()
  const hanging = createServer((socket) => void sockets.add(socket))
  hanging.listen(0, '127.0.0.1')
  await once(hanging, 'listening')
  const published: PlatformEvent[] = []
  const database = openDatabase(
    {
      host: '127.0.0.1',
      port: (hanging.address() as AddressInfo).port,
      user: 'u',
      password: 'p',
      database: 'd',
    },
    silent('test'),
    (event) => void published.push(event),
  )
  expect(await database.isReachable()).toBe(true)
  expect(await database.isReachable()).toBe(false)
  expect(published).toEqual([])
  const statements = Array.from({ length: 3 }, () =>
    database.ingest.query({ text: 'SELECT 1' }).catch((error: Error) => error),
  )
  expect(published).toMatchObject([{ kind: 'pool_exhausted', pool: 'ingest', pool_size: 2 }])
  for (const socket of sockets) socket.destroy()
  hanging.close()
  for (const statement of statements) expect(await statement).toBeInstanceOf(Error)
  await database.close()
})
