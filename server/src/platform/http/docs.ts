import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import { jsonSchemaTransform } from 'fastify-type-provider-zod'
import { describeFormerNames } from './query-names.js'
import type { App } from './types.js'

/** /openapi.json and pages for people at /docs, both made from the schemas that the routes enforce. */
export async function describeApi(app: App, version: string): Promise<void> {
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
    transform: (route) => {
      const { schema, url } = jsonSchemaTransform(route as Parameters<typeof jsonSchemaTransform>[0])
      const access = route.route.config?.access
      const security = access?.public
        ? []
        : [
            ...(access?.role || access?.scope ? [{ accessToken: [] }] : []),
            ...(access?.scope ? [{ apiKey: [] }] : []),
          ]
      const former = route.route.config?.formerNames
      const querystring = former && { querystring: describeFormerNames(schema['querystring'], former) }
      return { schema: { ...schema, ...querystring, security }, url }
    },
  })
  app.get(
    '/openapi.json',
    { config: { access: { public: true } }, schema: { hide: true } },
    async (_request, reply) => reply.type('application/json').send(JSON.stringify(app.swagger())),
  )
  // Its routes come from the plugin and cannot carry our access rule themselves.
  await app.register(async (scope) => {
    scope.addHook('onRoute', (route) => {
      route.config = { ...route.config, access: { public: true } }
    })
    // Without a policy of its own: that of every page holds.
    await scope.register(swaggerUi, { routePrefix: '/docs', staticCSP: false })
  })
}
