import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import type { AccessRecord } from './access-record.js'
import type { Span } from './recompute.js'

/** What a client saw of one request; `status` is null where it got no answer. */
const Seen = z.object({
  timestamp: z.string(),
  method: z.string(),
  route: z.string(),
  status: z.number().nullable(),
})
export type Seen = z.infer<typeof Seen>

/** A route as clients and the server counted it. */
export interface RouteOfClients {
  route: string
  clients: number
  server: number
  /** Of `clients`: got an answer. */
  answered: number
  /** Of `server`: answered, by its own log. */
  server_answered: number
}

/** @throws {Error} when the file cannot be read. */
export async function readClientLog(path: string): Promise<Seen[]> {
  const seen: Seen[] = []
  for await (const text of createInterface({ input: createReadStream(path) })) {
    try {
      const line = Seen.safeParse(JSON.parse(text)).data
      if (line) seen.push(line)
    } catch {
      // A line that was cut off says nothing.
    }
  }
  return seen
}

/** Requests by route, as both sides saw them. A request that never reached the server is in `clients` alone. */
export function compareWithClients(
  seen: readonly Seen[],
  records: readonly AccessRecord[],
  { from, to }: Span,
): RouteOfClients[] {
  const routes = new Map<string, RouteOfClients>()
  const routeOf = (route: string) => {
    const known = routes.get(route) ?? { route, clients: 0, server: 0, answered: 0, server_answered: 0 }
    routes.set(route, known)
    return known
  }
  for (const { timestamp, method, route, status } of seen) {
    const at = Date.parse(timestamp)
    if (at < from || at >= to) continue
    const counted = routeOf(`${method} ${route}`)
    counted.clients += 1
    if (status !== null) counted.answered += 1
  }
  for (const record of records) {
    if (record.type !== 'request' || record.at < from || record.at >= to) continue
    const counted = routes.get(`${record.method} ${record.route}`)
    if (!counted) continue
    counted.server += 1
    if (record.status !== 499) counted.server_answered += 1
  }
  return [...routes.values()]
}
