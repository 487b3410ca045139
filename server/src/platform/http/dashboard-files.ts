import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fastifyStatic from '@fastify/static'
import type { FastifyRequest } from 'fastify'
import { notFound, sendProblem } from './problem.js'
import type { App } from './types.js'

const BUILT = fileURLToPath(new URL('../../../../dashboard/dist/', import.meta.url))

/**
 * Serves the built dashboard; its client-side routes all get the same page. Everything else unknown is a problem. One route for all
 * assets: their names change with every build, and would be as many series of metrics.
 */
export async function serveDashboard(app: App): Promise<void> {
  const page = existsSync(BUILT) ? readFileSync(join(BUILT, 'index.html')) : null
  if (page) {
    const config = { access: { public: true } } as const
    const schema = { hide: true }
    const icon = readFileSync(join(BUILT, 'favicon.svg'))
    app.get('/', { config, schema }, (_request, reply) => reply.redirect('/dashboard', 302))
    app.get('/favicon.svg', { config, schema }, (_request, reply) => reply.type('image/svg+xml').send(icon))
    await app.register(async (scope) => {
      scope.addHook('onRoute', (route) => {
        route.config = { ...route.config, ...config }
        route.schema = { ...route.schema, ...schema }
      })
      await scope.register(fastifyStatic, {
        root: join(BUILT, 'assets'),
        prefix: '/assets/',
        // Vite puts a hash of the content into the names of assets.
        maxAge: '1y',
        immutable: true,
        index: false,
        preCompressed: true,
      })
    })
  }
  app.setNotFoundHandler((request, reply) => {
    if (!page || !wantsPage(request)) return sendProblem(request, reply, notFound(request))
    return reply.type('text/html; charset=utf-8').header('cache-control', 'no-cache').send(page)
  })
}

/** A browser asks for HTML, wherever it is; any other client gets the page where `/` sends it, and elsewhere a problem it can read. */
function wantsPage({ method, headers, url }: FastifyRequest): boolean {
  if (method !== 'GET' && method !== 'HEAD') return false
  const { accept = '*/*' } = headers
  return accept.includes('text/html') || (/^\/dashboard\/?(\?|$)/.test(url) && accept.includes('*/*'))
}
