import * as contract from '@eviltwin/contract'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { tidyComponents } from './components.js'
import { describeBody } from './described-body.js'
import { withExamples } from './examples.js'
import { operationIdOf } from './operation-id.js'
import { describeFormerNames } from './query-names.js'
import type { App } from './types.js'

/** Of the style attribute in swagger-ui's bundle; a browser names it where it is refused, and the test of /docs fails. */
const SWAGGER_STYLE = "'sha256-RL3ie0nH+Lzz2YNqQN83mnU0J1ot4QL7b99vMdIX99w='"

/** /openapi.json and pages for people at /docs, both made from the schemas that the routes enforce. */
export async function describeApi(app: App, version: string): Promise<void> {
  nameSchemas()
  // Parameters are described one by one, so what holds them is no component.
  app.addHook('onRoute', ({ schema }) => {
    for (const parameters of [schema?.querystring, schema?.params, schema?.headers])
      if (parameters instanceof z.ZodType) withoutName(parameters)
    namePage((schema?.response as Record<number, unknown> | undefined)?.[200])
  })
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'EvilTwin',
        version,
        description: 'Self-hosted cyber-deception platform. Errors are application/problem+json (RFC 9457).',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      components: {
        securitySchemes: {
          accessToken: {
            type: 'http',
            scheme: 'bearer',
            description: 'From POST /auth/login, or an API key',
          },
          apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
        },
      },
    },
    transform: (route) => describeRoute(route as TransformedRoute),
    transformObject: (document) =>
      withExamples(tidyComponents(describeProblems(jsonSchemaTransformObject(document)))) as ReturnType<
        typeof jsonSchemaTransformObject
      >,
  })
  app.get(
    '/openapi.json',
    { config: { access: { public: true } }, schema: { hide: true } },
    async (_request, reply) => reply.type('application/json').send(JSON.stringify(app.swagger())),
  )
  await servePages(app)
}

type TransformedRoute = Parameters<typeof jsonSchemaTransform>[0]

/** What a route takes, and who may call it. */
function describeRoute(route: TransformedRoute): ReturnType<typeof jsonSchemaTransform> {
  const { schema, url } = jsonSchemaTransform(route)
  const { method, config } = route.route
  const operationId = operationIdOf([method].flat()[0] as string, url)
  const { access, formerNames: former, describedBody: taken } = config ?? {}
  const security = access?.public
    ? []
    : [
        ...(access?.role || access?.scope ? [{ accessToken: [] }] : []),
        ...(access?.scope ? [{ apiKey: [] }] : []),
      ]
  const querystring = former && { querystring: describeFormerNames(schema['querystring'], former) }
  const body = taken && { body: describeBody(taken) }
  return { schema: { ...schema, ...querystring, ...body, operationId, security }, url }
}

/** Swagger UI at /docs. */
async function servePages(app: App): Promise<void> {
  // Its routes come from the plugin and cannot carry our access rule themselves.
  await app.register(async (scope) => {
    scope.addHook('onRoute', (route) => {
      route.config = { ...route.config, access: { public: true } }
    })
    // The policy of every page, and the one inline style of its logo; a hash, so that no other is admitted.
    scope.addHook('onRequest', async (_request, reply) => {
      const policy = String(reply.getHeader('content-security-policy') ?? '')
      reply.header('content-security-policy', `${policy};style-src 'self' 'unsafe-hashes' ${SWAGGER_STYLE}`)
    })
    // Folded: of 150 open rows (groups and operations) or more, Swagger UI 5.34 draws those in the window alone, and the search of the browser
    // finds no others.
    await scope.register(swaggerUi, {
      routePrefix: '/docs',
      staticCSP: false,
      uiConfig: { docExpansion: 'none' },
    })
  })
}

/**
 * Objects and unions of the contract become components by their names, so that generated clients have types for them. What a parameter may
 * be, such as a level or a time, is described where it stands: beside a reference its own description would be lost.
 */
function nameSchemas(): void {
  for (const [id, schema] of Object.entries(contract))
    if (schema instanceof z.ZodObject || schema instanceof z.ZodUnion)
      z.globalRegistry.add(schema, { ...z.globalRegistry.get(schema), id })
}

/** Names what {@link contract.pageOf} made after its items: a page of `Session` is `SessionPage`. */
function namePage(schema: unknown): void {
  if (!(schema instanceof z.ZodObject) || z.globalRegistry.get(schema)?.id !== undefined) return
  const { items, next_cursor } = schema.shape as Record<string, unknown>
  if (!(items instanceof z.ZodArray) || next_cursor === undefined) return
  const item = z.globalRegistry.get(items.element as z.ZodType)?.id
  if (item !== undefined) z.globalRegistry.add(schema, { id: `${item}Page` })
}

function withoutName(schema: z.ZodType): void {
  const { id, ...description } = z.globalRegistry.get(schema) ?? {}
  if (id !== undefined) z.globalRegistry.remove(schema).add(schema, description)
}

interface WithOperations {
  paths?: Record<string, Record<string, { responses?: Record<string, unknown> }>>
}

/** Every operation may answer with a problem; Splunk's clients get Splunk's errors. */
function describeProblems(document: object): object {
  const problem = {
    description: 'What went wrong (RFC 9457)',
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  }
  const { paths = {} } = document as WithOperations
  for (const [path, operations] of Object.entries(paths))
    if (!path.startsWith('/services/'))
      for (const operation of Object.values(operations))
        operation.responses = { ...operation.responses, default: problem }
  return document
}
