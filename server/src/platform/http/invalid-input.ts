import type { FastifyError } from 'fastify'

/** Names that a detail lists, and characters of each: field names inside a body are chosen by its sender. */
const MAX_NAMED = 3
const MAX_NAME_LENGTH = 50

/** What the parameter of a path is of; other paths are named by their last word without its `s`. */
const NOUNS: Readonly<Record<string, string>> = {
  '/api-keys/': 'API key',
  '/auth/sessions/': 'login',
  '/canary/tokens/': 'canary token',
  '/feeds/allowlist/': 'allowlist entry',
  '/ops/alerts/': 'operational alert',
  '/quarantine/': 'quarantined record',
  '/slos/': 'SLO',
}

/**
 * The detail of a request that its schema refuses: "Invalid session ID", "Invalid query parameter `limit`", "Invalid field `name`".
 * @param route the path of the route with its parameters, such as `/sessions/:id`.
 */
export function describeInvalid(
  { validationContext, validation = [] }: Pick<FastifyError, 'validation' | 'validationContext'>,
  route: string,
): string {
  const names = validation.map(({ instancePath }) => instancePath.slice(1)).filter((name) => name !== '')
  const [first] = names
  if (first === undefined) return `Invalid ${validationContext === 'body' ? 'body' : 'request'}`
  if (validationContext === 'params') return `Invalid ${parameterOf(route, first)}`
  const kind = validationContext === 'body' ? 'field' : 'query parameter'
  const listed = names.slice(0, MAX_NAMED).map((name) => `\`${name.slice(0, MAX_NAME_LENGTH)}\``)
  const others = names.length > MAX_NAMED ? ` and ${names.length - MAX_NAMED} more` : ''
  return `Invalid ${kind}${names.length > 1 ? 's' : ''} ${listed.join(', ')}${others}`
}

function parameterOf(route: string, name: string): string {
  const before = route.slice(0, route.indexOf(`:${name}`))
  const noun = NOUNS[before] ?? before.split('/').at(-2)?.replace(/s$/, '') ?? ''
  return `${noun} ${name === 'id' ? 'ID' : name}`.trim()
}
