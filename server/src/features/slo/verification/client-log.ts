import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { type AccessRecord, MAX_RECORDS } from './access-record.js'
import type { Span } from './recompute.js'

/** What a client saw of one request; `status` is null where it got no answer, `duration_ms` until it had the answer or left. */
const Seen = z.object({
  timestamp: z.string(),
  method: z.string(),
  route: z.string(),
  status: z.number().nullable(),
  duration_ms: z.number().default(0),
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
  /** Statuses that clients saw more often than the server's log has them, and what is unknown of them does not explain it. */
  differing: Array<{ status: number; clients: number; server: number; unknown: number }>
}

/** @throws {Error} when the file cannot be read, or has more than `maxRecords` lines of clients. */
export async function readClientLog(path: string, maxRecords = MAX_RECORDS): Promise<Seen[]> {
  const seen: Seen[] = []
  for await (const text of createInterface({ input: createReadStream(path) })) {
    const line = parse(text)
    if (line) seen.push(line)
    if (seen.length > maxRecords) throw new Error(`more than ${maxRecords} lines; give the part that matters`)
  }
  return seen
}

/** @returns null for a line that was cut off, or is no client's. */
function parse(text: string): Seen | null {
  try {
    return Seen.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}

/** How many requests ended with each status. */
type Statuses = Map<number, number>

interface Counted {
  seen: Statuses
  served: Statuses
  /** Of `seen`: when lines of the access log may be lost. */
  unknown: Statuses
  unanswered: number
}

/**
 * Requests by route, as both sides saw them. A request that never reached the server is in `clients` alone, and an answer whose client
 * had left is in the server's log alone; but no client can see an answer that the server did not send.
 * @param unknown see `AccessLogContent`.
 */
export function compareWithClients(
  seen: readonly Seen[],
  records: readonly AccessRecord[],
  { from, to }: Span,
  unknown: readonly Span[],
): RouteOfClients[] {
  const routes = new Map<string, Counted>()
  for (const { timestamp, method, route, status, duration_ms } of seen) {
    const at = Date.parse(timestamp) + duration_ms
    if (at < from || at >= to) continue
    const counted = routes.get(`${method} ${route}`) ?? newlyCounted()
    routes.set(`${method} ${route}`, counted)
    if (status === null) counted.unanswered += 1
    else add(counted.seen, status)
    if (status !== null && unknown.some((span) => at >= span.from && at < span.to))
      add(counted.unknown, status)
  }
  for (const record of records) {
    if (record.type !== 'request' || record.at < from || record.at >= to) continue
    const counted = routes.get(`${record.method} ${record.route}`)
    if (counted) add(counted.served, record.status)
  }
  return [...routes].map(([route, counted]) => summaryOf(route, counted))
}

function newlyCounted(): Counted {
  return { seen: new Map(), served: new Map(), unknown: new Map(), unanswered: 0 }
}

function add(statuses: Statuses, status: number): void {
  statuses.set(status, (statuses.get(status) ?? 0) + 1)
}

function summaryOf(route: string, { seen, served, unknown, unanswered }: Counted): RouteOfClients {
  const answered = sumOf(seen)
  const server = sumOf(served)
  return {
    route,
    clients: answered + unanswered,
    server,
    answered,
    server_answered: server - (served.get(499) ?? 0),
    differing: [...seen]
      .map(([status, clients]) => ({
        status,
        clients,
        server: served.get(status) ?? 0,
        unknown: unknown.get(status) ?? 0,
      }))
      .filter(({ clients, server: sent, unknown: open }) => clients - open > sent),
  }
}

function sumOf(statuses: Statuses): number {
  return [...statuses.values()].reduce((sum, count) => sum + count, 0)
}
