import cookie from '@fastify/cookie'
import cors from '@fastify/cors'
import helmet from '@fastify/helmet'
import Fastify, { type FastifyInstance } from 'fastify'
import { validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Publish } from './domain/platform-event.js'
import { createBodyBudget } from './platform/http/body-budget.js'
import { serveDashboard } from './platform/http/dashboard-files.js'
import { describeApi } from './platform/http/docs.js'
import { refuseMalformed } from './platform/http/malformed.js'
import { refuseNul } from './platform/http/nul.js'
import { answerProblems } from './platform/http/problem.js'
import { checkQueryNames } from './platform/http/query-names.js'
import { boundBodies, createBodies } from './platform/http/raw-body.js'
import { readRawRequest } from './platform/http/raw-request.js'
import { identifyRequests, requestId } from './platform/http/request-context.js'
import type { App } from './platform/http/types.js'
import { acceptUpgrades } from './platform/http/upgrades.js'
import type { Logging } from './platform/logger.js'
import type { Module } from './platform/runtime/module.js'
import { usePlainValidationMessages } from './platform/validation-messages.js'

export interface AppOptions {
  corsOrigins: string[]
  trustProxy: string[]
  compressFeeds: boolean
  /** Longest time between two parts of a body, in milliseconds. */
  bodyIdleMs: number
  version: string
  logging: Logging
  publish: Publish
  /** Makes the application refuse whoever a route does not admit. */
  guard: (app: FastifyInstance) => void
}

/** The policy of our own pages: everything from this server, nothing inline. */
const CONTENT_SECURITY_POLICY = {
  useDefaults: false,
  directives: {
    defaultSrc: ["'self'"],
    imgSrc: ["'self'", 'data:'],
    connectSrc: ["'self'"],
    objectSrc: ["'none'"],
    baseUri: ["'none'"],
    formAction: ["'self'"],
    frameAncestors: ["'none'"],
  },
}

/** Bodies of everything but ingest, which has a budget of its own. Nobody needs a key to send one, so the address alone counts. */
const MAX_BODY_BYTES = 1024 * 1024
const MAX_BODY_BYTES_IN_FLIGHT = 32 * 1024 * 1024

/** The HTTP application with the routes of every module; it is complete but does not listen. */
export async function createApp(options: AppOptions, modules: readonly Module[]): Promise<App> {
  const { corsOrigins, trustProxy, logging } = options
  const app = Fastify({
    // Who names no host is nobody that this server hides from or serves by name; a visit of a canary is one nevertheless.
    http: { requireHostHeader: false },
    genReqId: requestId,
    requestIdHeader: false,
    trustProxy: trustProxy.length > 0 ? trustProxy : false,
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: 60_000,
    connectionTimeout: 0,
    keepAliveTimeout: 75_000,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 128 },
    rewriteUrl: readRawRequest,
    clientErrorHandler: refuseMalformed,
  }).withTypeProvider<ZodTypeProvider>() as unknown as App
  usePlainValidationMessages()
  app.setValidatorCompiler(validatorCompiler)
  // Handlers are typed by the response schemas; checking every answer again would only cost time.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data))

  await acceptUpgrades(app, options.compressFeeds)
  identifyRequests(app, logging('backend.middleware.timing'), options.publish)
  answerProblems(app, logging('backend.errors'))
  options.guard(app)
  const budget = createBodyBudget(MAX_BODY_BYTES_IN_FLIGHT)
  boundBodies(app, createBodies({ budget, idleMs: options.bodyIdleMs, keyOf: () => null }), MAX_BODY_BYTES)
  checkQueryNames(app)
  refuseNul(app)
  // TLS ends at the operator's proxy, which alone knows whether every host below it has TLS.
  await app.register(helmet, {
    contentSecurityPolicy: CONTENT_SECURITY_POLICY,
    strictTransportSecurity: false,
  })
  if (corsOrigins.length > 0) await admitOrigins(app, corsOrigins)
  await app.register(cookie)
  await describeApi(app, options.version)
  for (const { routes } of modules) await routes?.(app)
  await serveDashboard(app)
  return app
}

/** Lets pages of these origins call the API. Their browsers ask first, without a credential (Fetch Standard, CORS-preflight request). */
async function admitOrigins(app: App, origin: string[]): Promise<void> {
  app.addHook('onRoute', (route) => {
    if (route.method === 'OPTIONS' && route.url === '*')
      route.config = { ...route.config, access: { public: true } }
  })
  await app.register(cors, { origin, maxAge: 600 })
}
