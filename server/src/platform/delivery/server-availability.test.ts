import { expect, test } from 'vitest'
import type { Logger } from '../logger.js'
import { createServerAvailability } from './server-availability.js'

test('being asked once to wait is no warning, being asked again and a server that is away are', () => {
  const logged: string[] = []
  const at = (level: string) => (message: string) => void logged.push(`${level}: ${message}`)
  const log: Logger = {
    debug: at('debug'),
    info: at('info'),
    warning: at('warning'),
    error: at('error'),
    critical: at('critical'),
  }
  const server = createServerAvailability({ log, now: () => 0, random: () => 0 })
  const wait = {
    refusal: '429 the session is not known yet',
    final: false,
    unreachable: false,
    retryAfterMs: 2_000,
  }
  server.failed(wait)
  server.failed(wait)
  server.succeeded()
  server.failed({ ...wait, retryAfterMs: 0 })
  expect(logged).toEqual([
    'info: Server asks to wait',
    'warning: Server does not take lines',
    'info: Server takes lines again',
    'warning: Server does not take lines',
  ])
})
