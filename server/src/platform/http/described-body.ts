declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a route takes as bytes, described by examples for each media type: its schema would be checked before the route reads it. */
    describedBody?: DescribedBody
  }
}

/** Examples by media type: an object for JSON, text for lines. */
export type DescribedBody = Readonly<Record<string, { description: string; example: unknown }>>

/** @returns the body as JSON Schema, for the OpenAPI document alone. */
export function describeBody(body: DescribedBody): object {
  const content = Object.entries(body).map(([mediaType, { description, example }]) => [
    mediaType,
    { schema: { type: typeof example === 'string' ? 'string' : 'object', description, examples: [example] } },
  ])
  return { content: Object.fromEntries(content) }
}
