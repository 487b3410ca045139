import { CanaryHookAnswer, IngestOne } from '@eviltwin/contract'
import { z } from 'zod'
import { NotFoundError, StorageFullError } from '../../platform/errors.js'
import type { DescribedBody } from '../../platform/http/described-body.js'
import { bytesOf, takeBytes } from '../../platform/http/raw-body.js'
import { requestIds } from '../../platform/http/request-context.js'
import type { App } from '../../platform/http/types.js'
import type { CanaryIntake } from './canary-intake.js'
import { isForeign } from './kinds.js'
import { headerOf } from './request-header.js'
import type { CanaryTokens } from './tokens.js'

export interface CanaryHookRouteOptions {
  tokens: CanaryTokens
  intake: CanaryIntake
  /** Why nothing can be stored right now, if so. */
  storageProblem: () => string | null
}

const tags = ['canary']
const SIGNED: DescribedBody = {
  'application/json': {
    description: 'An event; its signature is in `X-Canary-Signature`',
    example: { src_ip: '203.0.113.7', timestamp: '2026-03-22T12:00:00Z', memo: 'payroll.xlsx' },
  },
}
const CANARYTOKENS_HOOK: DescribedBody = {
  'application/json': {
    description: 'What Canarytokens or OpenCanary sends',
    example: {
      manage_url: 'https://canarytokens.org/manage',
      memo: 'payroll.xlsx',
      token_type: 'ms_excel',
      channel: 'HTTP',
      src_ip: '203.0.113.7',
      time: '2026-03-22 12:00:00 (UTC)',
    },
  },
  'application/x-www-form-urlencoded': {
    description: 'The same as a form: the record is in `message` or `payload`',
    example: 'message=%7B%22node_id%22%3A%22opencanary-1%22%2C%22logtype%22%3A4002%7D',
  },
}
const FORM = /^application\/x-www-form-urlencoded\b/i
const MAX_HOOK_BYTES = 1024 * 1024

/** Programs that report a touch. The body stays bytes: its signature is over them. */
export async function canaryHookRoutes(
  app: App,
  { tokens, intake, storageProblem }: CanaryHookRouteOptions,
): Promise<void> {
  const config = { access: { public: true } } as const
  takeBytes(app, MAX_HOOK_BYTES)
  app.addHook('onRequest', (_request, _reply, done) => {
    const problem = storageProblem()
    done(problem === null ? undefined : new StorageFullError(problem))
  })

  app.post(
    '/canary/webhook',
    {
      config: { ...config, describedBody: SIGNED },
      schema: {
        summary: 'Report a canary hit (signed)',
        description:
          '`X-Canary-Signature: sha256=<hex>`: HMAC-SHA256 of the raw body with CANARY_WEBHOOK_SECRET. The body is an event with a `timestamp` that is minutes old at most. Each message is accepted once.',
        tags,
        response: { 200: IngestOne },
      },
    },
    async (request) =>
      intake.webhook(
        {
          body: bytesOf(request),
          signature: headerOf(request, 'x-canary-signature'),
          timestamp: headerOf(request, 'x-canary-timestamp'),
        },
        requestIds(request),
      ),
  )

  app.post(
    '/canary/hooks/:token',
    {
      config: { ...config, describedBody: CANARYTOKENS_HOOK },
      schema: {
        summary: 'Report a canary hit of another system (secret path)',
        tags,
        params: z.object({ token: z.string() }),
        response: { 200: CanaryHookAnswer },
      },
    },
    async (request) => {
      const token = await tokens.recognise(request.params.token)
      if (!token || !isForeign(token.kind))
        throw new NotFoundError(
          'the webhook was not found; check the URL and that its canary token is enabled',
        )
      // Senders that are answered anything but 200 switch the webhook off.
      const isForm = FORM.test(headerOf(request, 'content-type') ?? '')
      return { status: await intake.hook(token, { bytes: bytesOf(request), isForm }, requestIds(request)) }
    },
  )
}
