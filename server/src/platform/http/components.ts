/** An OpenAPI document with its named schemas. */
interface Described {
  components?: { schemas?: Record<string, unknown> }
}

const INPUT = 'Input'
const REFERENCE = /"#\/components\/schemas\/([^"]+)"/g

/**
 * Every schema is described twice: as what is sent, and with the suffix `Input` as what is taken. The suffix stays where both are used and
 * differ; what nothing refers to is removed.
 */
export function tidyComponents(document: Described): Described {
  const schemas = document.components?.schemas
  if (!schemas) return document
  const merged = rename(document, schemas, inputsLikeOutputs(schemas))
  const used = merged.components?.schemas ?? {}
  return rename(
    merged,
    used,
    new Set(Object.keys(used).filter((name) => name.endsWith(INPUT) && used[outputOf(name)] === undefined)),
  )
}

/** Takes the suffix from some inputs, and leaves out what nothing refers to. */
function rename(
  document: Described,
  schemas: Record<string, unknown>,
  inputs: ReadonlySet<string>,
): Described {
  const outputs = new Set([...inputs].map(outputOf))
  const named = Object.entries(schemas)
    .filter(([name]) => !outputs.has(name))
    .map(([name, schema]) => [inputs.has(name) ? outputOf(name) : name, schema] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  const renamed = JSON.parse(
    withoutInputs(
      JSON.stringify({
        ...document,
        components: { ...document.components, schemas: Object.fromEntries(named) },
      }),
      inputs,
    ),
  ) as { components: { schemas: Record<string, unknown> } }
  const used = referredTo(renamed, renamed.components.schemas)
  renamed.components.schemas = Object.fromEntries(
    Object.entries(renamed.components.schemas).filter(([name]) => used.has(name)),
  )
  return renamed
}

/** Names of inputs that equal their outputs, given that those they refer to do. */
function inputsLikeOutputs(schemas: Record<string, unknown>): Set<string> {
  const same = new Set(
    Object.keys(schemas).filter((name) => name.endsWith(INPUT) && schemas[outputOf(name)] !== undefined),
  )
  for (let before = -1; before !== same.size; ) {
    before = same.size
    for (const name of same) {
      const [taken, sent] = [schemas[name], schemas[outputOf(name)]].map((schema) =>
        withoutInputs(JSON.stringify(schema), same),
      )
      if (taken !== sent) same.delete(name)
    }
  }
  return same
}

function outputOf(name: string): string {
  return name.slice(0, -INPUT.length)
}

function withoutInputs(json: string, same: ReadonlySet<string>): string {
  return json.replaceAll(REFERENCE, (whole, name: string) =>
    same.has(name) ? `"#/components/schemas/${outputOf(name)}"` : whole,
  )
}

function referredTo(document: Described, schemas: Record<string, unknown>): Set<string> {
  const { components: _, ...rest } = document
  const used = new Set<string>()
  const waiting: unknown[] = [rest]
  while (waiting.length > 0) {
    for (const [, name] of JSON.stringify(waiting.pop()).matchAll(REFERENCE)) {
      if (name === undefined || used.has(name)) continue
      used.add(name)
      waiting.push(schemas[name] ?? null)
    }
  }
  return used
}
