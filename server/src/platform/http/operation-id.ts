/**
 * The name of an operation for generated clients, from its method and path: GET /sessions/:id/events is `getSessionsByIdEvents`. It changes
 * only when the path does.
 * @param url as fastify writes it, or as OpenAPI does: `/sessions/:id` or `/sessions/{id}`.
 */
export function operationIdOf(method: string, url: string): string {
  const words = url
    .replaceAll(/[:{](\w+)\}?/g, 'by-$1')
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '')
  return method.toLowerCase() + words.map((word) => word[0]?.toUpperCase() + word.slice(1)).join('')
}
