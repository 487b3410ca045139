import { ShellAnswer, ShellQuestion } from '@eviltwin/contract'
import { NotFoundError } from '../../platform/errors.js'
import { idsOf } from '../../platform/http/request-context.js'
import type { App } from '../../platform/http/types.js'
import { notedRefusal, senderOf } from '../ingest/index.js'
import { type RequestRate, type SensorOfRequestOptions, sensorOfRequest } from '../recordings/index.js'
import type { ShellAnswers } from './shell-answers.js'

export interface DecoyShellRouteOptions {
  /** Null: it is switched off. */
  answers: ShellAnswers | null
  rate: RequestRate
  sensorOptions: SensorOfRequestOptions
}

/** Whose questions come without a key (INGEST_AUTH=none). */
const NO_KEY = '00000000-0000-0000-0000-000000000002'

/** What decoys ask. */
export async function decoyShellRoutes(
  app: App,
  { answers, rate, sensorOptions }: DecoyShellRouteOptions,
): Promise<void> {
  app.post(
    '/decoys/shell',
    {
      config: { access: { scope: 'ingest' } },
      schema: {
        summary: 'Ask what a command prints that the shell of a decoy does not know',
        description:
          'The LLM answers, from the state alone. 404 unless DECOY_SHELL_LLM is on; 429 once the session, the key or all keys together asked as often as they may; 503 while the LLM does not answer. A decoy then says that there is no such command.',
        tags: ['sensors'],
        body: ShellQuestion,
        response: { 200: ShellAnswer },
      },
    },
    async (request) => {
      if (answers === null)
        throw new NotFoundError('the LLM does not answer decoys here: DECOY_SHELL_LLM is off')
      const { body, apiKey } = request
      const key_id = apiKey?.id ?? NO_KEY
      try {
        rate.take(senderOf(request))
        const sensor_id = await sensorOfRequest(apiKey, body.sensor, sensorOptions)
        return await answers.answer(body, { ...idsOf(request), key_id, sensor_id })
      } catch (error) {
        throw notedRefusal(request, error)
      }
    },
  )
}
