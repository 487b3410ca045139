/** What of a JSON Schema an example is made from. */
interface Schema {
  $ref?: string
  examples?: unknown[]
  default?: unknown
  const?: unknown
  enum?: unknown[]
  anyOf?: Schema[]
  oneOf?: Schema[]
  allOf?: Schema[]
  type?: string | string[]
  format?: string
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  prefixItems?: Schema[]
  additionalProperties?: Schema | boolean
  propertyNames?: Schema
  minimum?: number
  maximum?: number
  minItems?: number
}

interface Content {
  schema?: Schema
  example?: unknown
  examples?: unknown
}

/** The part of an OpenAPI document that examples are made for. */
interface Exemplified {
  components?: { schemas?: Record<string, Schema> }
  paths?: Record<
    string,
    Record<
      string,
      {
        requestBody?: { content?: Record<string, Content> }
        responses?: Record<string, { content?: Record<string, Content> }>
      }
    >
  >
}

const COMPONENT = '#/components/schemas/'
/** Schemas may contain themselves. */
const MAX_DEPTH = 12

/** What a field of that name holds, wherever it is: a name has one meaning. Where a schema has examples of its own, those count. */
const BY_NAME: Readonly<Record<string, unknown>> = {
  access_token: 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbmEifQ.c2lnbmF0dXJl',
  action: 'user.add',
  actor: 'ana',
  address: '203.0.113.7',
  assignee: 'ana',
  changed_by: 'ana',
  client: 'SSH-2.0-Go',
  clients: 'SSH-2.0-Go',
  command: 'uname -a',
  contribution: 0.39,
  country: 'NL',
  created_by: 'ana',
  current_password: 'lantern orchid glacier mosaic',
  cursor: 'WyIyMDI2LTAzLTIyIl0',
  description: 'A command fetches something from elsewhere',
  detail: 'A test message was delivered',
  destination_ip: '192.0.2.22',
  destination_port: 22,
  file_sha256: 'a1b2c3d4'.repeat(8),
  filename: 'passwords.docx',
  hash: '0f1e2d3c'.repeat(8),
  id: '0195c0de-7a11-7000-8000-000000000001',
  instructions: 'Put the link where only an intruder looks',
  key: 'et_ExampleExampleExampleExampleExampleExample',
  last_error: null,
  media_type: 'text/html',
  message: 'login attempt [root/admin] failed',
  model: 'gpt-4o-mini',
  name: 'cowrie in the office',
  new_password: 'mosaic glacier orchid lantern',
  next_cursor: null,
  note: 'our own scanner',
  password: 'lantern orchid glacier mosaic',
  prefix: 'et_Exam',
  protocol: 'ssh',
  protocols: 'ssh',
  raw: '{"eventid":"cowrie.session.connect","src_ip":"203.0.113.7"}',
  reason: 'planned maintenance',
  refresh_token: 'rt_ExampleExampleExampleExample',
  request_id: '9f1c2b3a',
  secret: 'a secret of at least 24 characters',
  sensor_id: 'cowrie-1',
  sensor_ids: 'cowrie-1',
  source: '203.0.113.0/24',
  source_ip: '203.0.113.7',
  source_port: 52_533,
  sources: '203.0.113.7',
  summary: '203.0.113.7 logged in and planted a cron job.',
  target: 0.95,
  technique: 'T1105',
  techniques: 'T1105',
  threat_score: 0.85,
  ticket: 'ExampleExampleExampleExample',
  title: 'Connect a sensor',
  token: 'ExampleExampleExample',
  url: 'https://eviltwin.example.org/hook',
  username: 'ana',
  value: '203.0.113.7',
  version: '0.2.0',
}

/** What expires does so in the future, or it is refused. */
const LATER = '2036-03-22T12:00:00.000000Z'

const BY_FORMAT: Readonly<Record<string, string>> = {
  uuid: '0195c0de-7a11-7000-8000-000000000001',
  'date-time': '2026-03-22T12:00:00.000000Z',
  uri: 'https://eviltwin.example.org/hook',
  ipv4: '203.0.113.7',
  ipv6: '2001:db8::7',
  email: 'ana@example.org',
}

/** Gives each request body and each success an example, made from its schema; one that a route has already stays. */
export function withExamples<Document extends object>(document: Document): Document {
  const { components, paths = {} } = document as Exemplified
  const schemas = components?.schemas ?? {}
  for (const operation of Object.values(paths).flatMap((path) => Object.values(path))) {
    const successes = Object.entries(operation.responses ?? {}).filter(([status]) => status.startsWith('2'))
    const contents = [operation.requestBody, ...successes.map(([, response]) => response)]
    for (const content of contents.flatMap((each) => Object.values(each?.content ?? {})))
      if (content.schema && content.example === undefined && content.examples === undefined)
        content.example = exampleOf(content.schema, schemas)
  }
  return document
}

/** @param schemas components, by their names. @returns a value that the schema describes. */
function exampleOf(
  schema: Schema,
  schemas: Readonly<Record<string, Schema>>,
  field = '',
  depth = 0,
): unknown {
  if (depth > MAX_DEPTH) return null
  const of = (part: Schema, name = field) => exampleOf(part, schemas, name, depth + 1)
  if (schema.$ref !== undefined) return of(schemas[schema.$ref.slice(COMPONENT.length)] ?? {})
  if (schema.examples?.length) return schema.examples[0]
  if (schema.const !== undefined) return schema.const
  if (schema.enum?.length) return schema.enum[0]
  const variants = schema.anyOf ?? schema.oneOf
  if (variants) return of(variants.find(({ type }) => type !== 'null') ?? {})
  if (schema.allOf) return Object.assign({}, ...schema.allOf.map((part) => of(part)))
  const type = [schema.type ?? []].flat().find((each) => each !== 'null')
  if (type === 'object') return exampleObject(schema, of)
  if (type === 'array') return exampleArray(schema, of)
  return exampleValue(schema, type, field)
}

type Of = (part: Schema, name?: string) => unknown

/** What may be left out and has no default is left out, unless nothing else is there: such fields often exclude each other. */
function exampleObject(schema: Schema, of: Of): unknown {
  const { properties = {}, required = [], additionalProperties, propertyNames } = schema
  const all = Object.entries(properties)
  const usual = all.filter(([name, part]) => required.includes(name) || part.default !== undefined)
  const known = (usual.length > 0 ? usual : all).map(([name, part]) => [name, of(part, name)])
  if (known.length > 0 || typeof additionalProperties !== 'object') return Object.fromEntries(known)
  const names = propertyNames?.enum ?? ['example']
  return Object.fromEntries(names.map((name) => [String(name), of(additionalProperties)]))
}

function exampleArray({ items, prefixItems, minItems = 1 }: Schema, of: Of): unknown {
  if (prefixItems) return prefixItems.map((part) => of(part))
  return Array.from({ length: Math.max(1, minItems) }, () => of(items ?? {}))
}

function exampleValue(
  { format, minimum, maximum, default: usual }: Schema,
  type: string | undefined,
  field: string,
) {
  const named = BY_NAME[field]
  const fits = type === 'integer' ? Number.isInteger(named) : typeof named === type
  if (type === 'boolean') return usual ?? true
  if (type === 'number' || type === 'integer') {
    const wanted = fits ? (named as number) : ((usual as number | undefined) ?? 1)
    return Math.min(Math.max(wanted, minimum ?? wanted), maximum ?? wanted)
  }
  if (type === 'string') {
    const formatted = field === 'expires_at' ? LATER : format && BY_FORMAT[format]
    return formatted || (fits ? named : (usual ?? 'example'))
  }
  return usual ?? null
}
