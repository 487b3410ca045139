/** What is read of an OpenAPI 3.1 document. */
export interface ApiDocument {
  paths?: Record<string, Record<string, Operation>>
  components?: { schemas?: Record<string, Schema> }
}

interface Operation {
  parameters?: Array<{ name: string; in: string; required?: boolean; schema?: Schema }>
  requestBody?: { required?: boolean; content?: Record<string, { schema?: Schema }> }
  responses?: Record<string, { content?: Record<string, { schema?: Schema }> }>
}

interface Schema {
  $ref?: string
  type?: string | string[]
  enum?: unknown[]
  const?: unknown
  anyOf?: Schema[]
  oneOf?: Schema[]
  properties?: Record<string, Schema>
  required?: string[]
  additionalProperties?: boolean | Schema
  items?: Schema
  maxLength?: number
  maximum?: number
  minLength?: number
  minimum?: number
}

/** Each document resolves references of its own. */
type Resolve = (schema: Schema) => Schema

/**
 * What a program written for `before` may trip over in `after`, one line each, in order of paths: operations, parameters and fields that are
 * gone, that are newly required, or whose values became others. Every value that was taken must be taken still; every value that is answered
 * must be one that could be answered before.
 */
export function breakingChanges(before: ApiDocument, after: ApiDocument): string[] {
  const found: string[] = []
  for (const [path, operations] of Object.entries(before.paths ?? {}))
    for (const [method, operation] of Object.entries(operations)) {
      const name = `${method.toUpperCase()} ${path}`
      const now = after.paths?.[path]?.[method]
      if (!now) found.push(`${name} is gone`)
      else found.push(...compareOperation(name, operation, now, resolverOf(before), resolverOf(after)))
    }
  return [...new Set(found)].sort()
}

function resolverOf({ components }: ApiDocument): Resolve {
  return function resolve(schema: Schema): Schema {
    const name = schema.$ref?.split('/').at(-1)
    return name === undefined ? schema : resolve(components?.schemas?.[name] ?? {})
  }
}

function compareOperation(name: string, was: Operation, is: Operation, old: Resolve, now: Resolve): string[] {
  const found: string[] = []
  const { parameters = [] } = is
  for (const { name: parameter, in: place, schema = {} } of was.parameters ?? []) {
    const current = parameters.find((other) => other.name === parameter && other.in === place)
    if (!current) found.push(`${name}: ${place} ${parameter} is gone`)
    else
      found.push(
        ...misfits(`${name}: ${place} ${parameter}`, [schema, old], [current.schema ?? {}, now], 'taken'),
      )
  }
  for (const { name: parameter, in: place, required } of parameters)
    if (
      required &&
      !was.parameters?.some((other) => other.name === parameter && other.in === place && other.required)
    )
      found.push(`${name}: ${place} ${parameter} is required`)
  for (const [type, { schema = {} }] of Object.entries(was.requestBody?.content ?? {})) {
    const current = is.requestBody?.content?.[type]
    if (!current) found.push(`${name}: a body of ${type} is not taken`)
    else found.push(...misfits(`${name}: body`, [schema, old], [current.schema ?? {}, now], 'taken'))
  }
  for (const [status, response] of Object.entries(was.responses ?? {}).filter(([code]) =>
    code.startsWith('2'),
  ))
    for (const [type, { schema = {} }] of Object.entries(response.content ?? {})) {
      const current = is.responses?.[status]?.content?.[type]
      if (!current) found.push(`${name}: ${status} with ${type} is gone`)
      else
        found.push(...misfits(`${name}: ${status}`, [schema, old], [current.schema ?? {}, now], 'answered'))
    }
  return found
}

type Side = readonly [Schema, Resolve]

/** Why values of one version may not do for the other. `seen` ends schemas that contain themselves. */
function misfits(
  at: string,
  was: Side,
  is: Side,
  direction: 'taken' | 'answered',
  seen = new Set<string>(),
): string[] {
  const [before, after] = [was, is].map(([schema, resolve]) => alternativesOf(schema, resolve)) as [
    Schema[],
    Schema[],
  ]
  const key = `${was[0].$ref}|${is[0].$ref}`
  if (was[0].$ref !== undefined && seen.has(key)) return []
  const inside = new Set([...seen, key])
  // The side whose every value must fit, and the side that it must fit.
  const [values, allowed] = direction === 'taken' ? [before, after] : [after, before]
  if (allowed.some((schema) => Object.keys(schema).length === 0)) return []
  const results = values.map((value) => {
    const attempts = allowed
      .filter(
        (schema) =>
          kindOf(schema) === kindOf(value) || (kindOf(schema) === 'number' && kindOf(value) === 'integer'),
      )
      .map((schema) =>
        direction === 'taken'
          ? compareShape(at, [value, was[1]], [schema, is[1]], direction, inside)
          : compareShape(at, [schema, was[1]], [value, is[1]], direction, inside),
      )
    if (attempts.length === 0)
      return [
        `${at}: ${kindOf(value) ?? 'anything'} is not ${direction === 'taken' ? 'taken any more' : 'what was answered'}`,
      ]
    return attempts.reduce((least, attempt) => (attempt.length < least.length ? attempt : least))
  })
  return results.flat()
}

/** The schemas of which one holds: unions and lists of types taken apart, constants as enumerations. */
function alternativesOf(schema: Schema, resolve: Resolve): Schema[] {
  const { anyOf, oneOf, type, ...rest } = resolve(schema)
  const union = anyOf ?? oneOf
  if (union) return union.flatMap((one) => alternativesOf(one, resolve))
  if (Array.isArray(type)) return type.map((one) => ({ ...rest, type: one }))
  if (type === 'object' && Object.keys(rest).length === 0) return [{ type }]
  return [{ ...rest, ...(type !== undefined && { type }) }]
}

function kindOf({ type, enum: values, const: value }: Schema): string | undefined {
  if (typeof type === 'string') return type
  const example = values?.[0] ?? value
  return example === undefined ? undefined : typeof example
}

function compareShape(
  at: string,
  was: Side,
  is: Side,
  direction: 'taken' | 'answered',
  seen: Set<string>,
): string[] {
  const [[before, old], [after, now]] = [was, is]
  const [values, allowed] = direction === 'taken' ? [before, after] : [after, before]
  const found: string[] = []
  const listed = valuesOf(values)
  const known = valuesOf(allowed)
  // A program that reads must bear values it does not know: docs/api-compatibility.md.
  if (known && direction === 'taken')
    for (const value of listed ?? [`any ${kindOf(values)}`])
      if (!known.includes(value)) found.push(`${at}: ${JSON.stringify(value)} is not taken any more`)
  if (direction === 'taken') found.push(...tighterBounds(at, before, after))
  for (const [name, schema] of Object.entries(before.properties ?? {})) {
    const current = after.properties?.[name]
    if (!current) {
      if (typeof after.additionalProperties !== 'object') found.push(`${at}.${name} is gone`)
      continue
    }
    found.push(...misfits(`${at}.${name}`, [schema, old], [current, now], direction, seen))
    if (direction === 'answered' && before.required?.includes(name) && !after.required?.includes(name))
      found.push(`${at}.${name} may be missing`)
  }
  if (direction === 'taken')
    for (const name of after.required ?? [])
      if (!before.required?.includes(name)) found.push(`${at}.${name} is required`)
  if (before.items && after.items)
    found.push(...misfits(`${at}[]`, [before.items, old], [after.items, now], direction, seen))
  return found
}

function valuesOf(schema: Schema): unknown[] | undefined {
  return schema.enum ?? (schema.const === undefined ? undefined : [schema.const])
}

function tighterBounds(at: string, before: Schema, after: Schema): string[] {
  const found: string[] = []
  for (const bound of ['maxLength', 'maximum'] as const)
    if ((after[bound] ?? Number.POSITIVE_INFINITY) < (before[bound] ?? Number.POSITIVE_INFINITY))
      found.push(`${at}: ${bound} is ${after[bound]} instead of ${before[bound] ?? 'none'}`)
  for (const bound of ['minLength', 'minimum'] as const)
    if ((after[bound] ?? 0) > (before[bound] ?? 0))
      found.push(`${at}: ${bound} is ${after[bound]} instead of ${before[bound] ?? 'none'}`)
  return found
}
