import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fastifyStatic from '@fastify/static'
import { notFound, sendProblem } from './problem.js'
import type { App } from './types.js'

const BUILT = fileURLToPath(new URL('../../../dashboard/dist/', import.meta.url))

/** Serves the built dashboard; its client-side routes all get the same page. Everything else unknown is a problem. */
export async function serveDashboard(app: App): Promise<void> {
  const built = existsSync(BUILT)
  if (built) {
    await app.register(async (scope) => {
      scope.addHook('onRoute', (route) => {
        route.config = { ...route.config, access: { public: true } }
      })
      await scope.register(fastifyStatic, {
        root: BUILT,
        wildcard: false,
        setHeaders: (response, path) => {
          // Vite puts a hash of the content into the names of assets.
          const cache = path.includes('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache'
          response.header('cache-control', cache)
        },
      })
    })
  }
  app.setNotFoundHandler((request, reply) => {
    const wantsPage = request.method === 'GET' && (request.headers.accept ?? '').includes('text/html')
    if (built && wantsPage) return reply.sendFile('index.html', BUILT)
    return sendProblem(request, reply, notFound(request))
  })
}
