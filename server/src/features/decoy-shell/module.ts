import { createLlmConnection, llmOptionsOf } from '../../platform/llm/llm-connection.js'
import { createLlmQuota } from '../../platform/llm/llm-quota.js'
import { createLlmQuotaStore } from '../../platform/llm/llm-quota-store.js'
import type { Module, ModuleContext } from '../../platform/runtime/module.js'
import type { ApiKeys } from '../auth/index.js'
import { createRequestRate } from '../recordings/index.js'
import { decoyShellRoutes } from './routes.js'
import { createShellAnswers, type ShellAnswers } from './shell-answers.js'

export interface DecoyShellModuleOptions
  extends Pick<ModuleContext, 'config' | 'database' | 'events' | 'log' | 'now'> {
  apiKeys: Pick<ApiKeys, 'bindFirst'>
}

const REQUESTS_PER_SECOND = 10
/** A decoy waits 3 s; an attacker who waits longer for a command that is not there finds that strange. */
const MAX_TIMEOUT_MS = 2_500

/** Answers of the LLM to decoys whose shell does not know a command; with DECOY_SHELL_LLM alone. */
export function createDecoyShellModule(options: DecoyShellModuleOptions): Module {
  const { config, events, now, apiKeys } = options
  return {
    async routes(app) {
      await app.register(decoyShellRoutes, {
        answers: config.DECOY_SHELL_LLM === 'on' ? answersOf(options) : null,
        rate: createRequestRate(REQUESTS_PER_SECOND, now),
        sensorOptions: { bind: apiKeys.bindFirst, publish: events.publish },
      })
    },
  }
}

function answersOf({ config, database, events, log, now }: DecoyShellModuleOptions): ShellAnswers | null {
  const llm = llmOptionsOf(config)
  if (llm === null) return null
  const logger = log.logging('backend.services.decoy_shell')
  // A connection of its own: attackers neither take the turns of analysts, nor open their circuit breaker.
  const connection = createLlmConnection({ ...llm, timeoutMs: Math.min(llm.timeoutMs, MAX_TIMEOUT_MS) })
  return createShellAnswers({
    connection,
    model: llm.model,
    quota: createLlmQuota({
      store: createLlmQuotaStore(database.app, 'keys'),
      limits: {
        own: config.DECOY_SHELL_LLM_DAILY_REQUESTS_PER_KEY,
        total: config.DECOY_SHELL_LLM_DAILY_REQUESTS,
      },
      log: logger,
      now,
    }),
    questionsPerSession: config.DECOY_SHELL_LLM_REQUESTS_PER_SESSION,
    publish: events.publish,
    log: logger,
    now,
  })
}
