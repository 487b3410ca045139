import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify'
import { InvalidInputError } from '../errors.js'
import { editDistance } from './edit-distance.js'
import { pointerTo } from './pointer.js'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Former names of query parameters, each with its current one. */
    formerNames?: Readonly<Record<string, string>>
  }
}

/** Mistakes that one answer names, and characters of each name: an answer is never as long as the URL that it refuses. */
const MAX_NAMED = 10
const MAX_NAME_LENGTH = 50

/**
 * Refuses query parameters that a route does not have (422): a misspelled filter that is ignored answers with everything. Former names
 * become current ones here, before validation. Must come after the access rules, and before the routes.
 */
export function checkQueryNames(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    if (!refusesUnknownNames(route)) return
    const formerNames = route.config?.formerNames ?? {}
    const known = [...namesIn(route.schema?.querystring), ...Object.keys(formerNames)]
    const check = (request: FastifyRequest, _reply: unknown, done: (error?: Error) => void) => {
      const query = request.query as Record<string, unknown>
      const error = unknownNames(query, known) ?? renameFormerNames(query, formerNames)
      done(error ?? undefined)
    }
    route.onRequest = [...[route.onRequest ?? []].flat(), check]
  })
}

/** Routes for people, and feeds and scores for programs. Sensors, probes, scrapers, files and canaries get what they ask for. */
function refusesUnknownNames({ config }: Pick<RouteOptions, 'config'>): boolean {
  return config?.access?.role !== undefined
}

/** The parameters of a zod object. */
function namesIn(querystring: unknown): string[] {
  return Object.keys((querystring as { shape?: object } | undefined)?.shape ?? {})
}

function unknownNames(query: object, known: readonly string[]): InvalidInputError | null {
  const unknown = Object.keys(query)
    .filter((name) => !known.includes(name))
    .slice(0, MAX_NAMED)
    .map((name) => name.slice(0, MAX_NAME_LENGTH))
  if (unknown.length === 0) return null
  const errors = unknown.map((name) => ({ pointer: pointerTo(name), message: suggestion(name, known) }))
  const names = unknown.map((name) => `\`${name}\``).join(', ')
  return new InvalidInputError(`unknown query parameter ${names}: ${errors[0]?.message}`, errors)
}

function suggestion(name: string, known: readonly string[]): string {
  const [nearest] = known.toSorted((a, b) => editDistance(name, a) - editDistance(name, b))
  return nearest === undefined ? 'no query parameters are known here' : `did you mean \`${nearest}\`?`
}

function renameFormerNames(
  query: Record<string, unknown>,
  formerNames: Readonly<Record<string, string>>,
): InvalidInputError | null {
  for (const [former, current] of Object.entries(formerNames)) {
    if (query[former] === undefined) continue
    if (query[current] !== undefined)
      return new InvalidInputError(`\`${former}\` is the former name of \`${current}\`; send only one`, [
        { pointer: pointerTo(former), message: `send \`${current}\` alone` },
      ])
    query[current] = query[former]
    delete query[former]
  }
  return null
}

interface DescribedQuery {
  properties?: Record<string, object>
}

/**
 * Adds former names, marked as deprecated, to the JSON schema of a query. They have no default: a client that sends defaults would send both
 * names, which is refused.
 */
export function describeFormerNames(
  querystring: unknown,
  formerNames: Readonly<Record<string, string>>,
): DescribedQuery {
  const { properties = {}, ...rest } = querystring as DescribedQuery
  const former = Object.entries(formerNames).map(([name, current]) => {
    const { default: _, ...schema } = (properties[current] ?? {}) as { default?: unknown }
    return [name, { ...schema, deprecated: true, description: `Former name of \`${current}\`` }]
  })
  return { ...rest, properties: { ...properties, ...Object.fromEntries(former) } }
}
