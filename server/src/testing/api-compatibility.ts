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
  return [
    ...compareParameters(name, was, is, old, now),
    ...compareBodies(name, was, is, old, now),
    ...compareAnswers(name, was, is, old, now),
  ]
}

function compareParameters(
  name: string,
  was: Operation,
  is: Operation,
  old: Resolve,
  now: Resolve,
): string[] {
  const { parameters: before = [] } = was
  const { parameters: after = [] } = is
  const kept = before.flatMap(({ name: parameter, in: place, schema = {} }) => {
    const at = `${name}: ${place} ${parameter}`
    const current = after.find((other) => other.name === parameter && other.in === place)
    return current ? misfits(at, [schema, old], [current.schema ?? {}, now], 'taken') : [`${at} is gone`]
  })
  const required = after.filter(
    (parameter) =>
      parameter.required &&
      !before.some((other) => other.name === parameter.name && other.in === parameter.in && other.required),
  )
  return [...kept, ...required.map((parameter) => `${name}: ${parameter.in} ${parameter.name} is required`)]
}

function compareBodies(name: string, was: Operation, is: Operation, old: Resolve, now: Resolve): string[] {
  return Object.entries(was.requestBody?.content ?? {}).flatMap(([type, { schema = {} }]) => {
    const current = is.requestBody?.content?.[type]
    return current
      ? misfits(`${name}: body`, [schema, old], [current.schema ?? {}, now], 'taken')
      : [`${name}: a body of ${type} is not taken`]
  })
}

function compareAnswers(name: string, was: Operation, is: Operation, old: Resolve, now: Resolve): string[] {
  const succeeding = Object.entries(was.responses ?? {}).filter(([status]) => status.startsWith('2'))
  return succeeding.flatMap(([status, response]) =>
    Object.entries(response.content ?? {}).flatMap(([type, { schema = {} }]) => {
      const current = is.responses?.[status]?.content?.[type]
      return current
        ? misfits(`${name}: ${status}`, [schema, old], [current.schema ?? {}, now], 'answered')
        : [`${name}: ${status} with ${type} is gone`]
    }),
  )
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
  const found = [
    ...(direction === 'taken' ? refusedValues(at, before, after) : []),
    ...compareProperties(at, was, is, direction, seen),
    ...(direction === 'taken' ? newlyRequired(at, before, after) : []),
  ]
  if (before.items && after.items)
    found.push(...misfits(`${at}[]`, [before.items, old], [after.items, now], direction, seen))
  return found
}

/** A program that reads must bear values it does not know: docs/api-compatibility.md. */
function refusedValues(at: string, before: Schema, after: Schema): string[] {
  const known = valuesOf(after)
  const sent = known ? (valuesOf(before) ?? [`any ${kindOf(before)}`]) : []
  const refused = sent.filter((value) => !known?.includes(value))
  return [
    ...refused.map((value) => `${at}: ${JSON.stringify(value)} is not taken any more`),
    ...tighterBounds(at, before, after),
  ]
}

function compareProperties(
  at: string,
  [before, old]: Side,
  [after, now]: Side,
  direction: 'taken' | 'answered',
  seen: Set<string>,
): string[] {
  const isOpen = typeof after.additionalProperties === 'object'
  return Object.entries(before.properties ?? {}).flatMap(([name, schema]) => {
    const current = after.properties?.[name]
    if (!current) return isOpen ? [] : [`${at}.${name} is gone`]
    const found = misfits(`${at}.${name}`, [schema, old], [current, now], direction, seen)
    const mayBeMissing =
      direction === 'answered' && before.required?.includes(name) && !after.required?.includes(name)
    return mayBeMissing ? [...found, `${at}.${name} may be missing`] : found
  })
}

function newlyRequired(at: string, before: Schema, after: Schema): string[] {
  const added = (after.required ?? []).filter((name) => !before.required?.includes(name))
  return added.map((name) => `${at}.${name} is required`)
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
