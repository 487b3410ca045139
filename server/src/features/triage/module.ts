import type { Publish } from '../../domain/platform-event.js'
import { type LlmOptions, llmOptionsOf } from '../../platform/llm/llm-connection.js'
import { createLlmQuota } from '../../platform/llm/llm-quota.js'
import { createLlmQuotaStore } from '../../platform/llm/llm-quota-store.js'
import { createPoller, oncePerMinute, type Poller } from '../../platform/poller.js'
import type { Module, ModuleContext } from '../../platform/runtime/module.js'
import type { SessionReader } from '../sessions/index.js'
import { createLlm, type Llm } from './llm.js'
import { createLlmAttempts } from './llm-attempts.js'
import { createLlmAvailability, type LlmProbes } from './llm-availability.js'
import { listModels } from './llm-models.js'
import { createUserQuota } from './llm-quota.js'
import { aiRoutes } from './routes.js'
import { createTriages } from './triage.js'

export interface TriageModuleOptions
  extends Pick<ModuleContext, 'config' | 'database' | 'events' | 'log' | 'now'> {
  sessions: SessionReader
  isResearchScanner: (source_ip: string) => boolean
}

/** Analyses by the LLM where there is one that answers, by rules always; and the watch over the LLM. */
export function createTriageModule(options: TriageModuleOptions): Module {
  const { config, events, isResearchScanner, now, sessions } = options
  const { publish } = events
  const llmLog = options.log.logging('backend.services.llm_service')
  const llmOptions = llmOptionsOf(config)
  const llm = llmOptions === null ? null : createLlm(llmOptions)
  const availability = createLlmAvailability({
    model: config.LLM_MODEL,
    provider: config.LLM_BASE_URL === undefined ? 'none' : new URL(config.LLM_BASE_URL).host,
    probes: llm === null || llmOptions === null ? null : probesOf(llmOptions, llm, publish),
    publish,
    log: llmLog,
    now,
  })
  const attempts = createLlmAttempts({ model: config.LLM_MODEL, availability, publish, log: llmLog })
  const daily = createLlmQuota({
    store: createLlmQuotaStore(options.database.app, 'users'),
    limits: { own: config.LLM_DAILY_REQUESTS_PER_USER, total: config.LLM_DAILY_REQUESTS },
    log: llmLog,
    now,
  })
  const quota = createUserQuota(daily, publish)
  const triages = createTriages({
    sessions,
    llm,
    quota,
    attempts,
    facts: { isResearchScanner },
    publish,
    now,
  })
  // On every replica, since each has people who may need the LLM; the slice of a minute is one whoever observes it.
  const observeMinute = oncePerMinute(now, async () => {
    publish({ kind: 'llm_minute_observed', available: (await availability.status()).available })
  })
  let prober: Poller | null = null
  return {
    async routes(app) {
      await app.register(aiRoutes, { llm: availability, triages })
    },
    gauges({ gauge }) {
      gauge({ name: 'eviltwin.ai.available', across: 'min', description: '1 while the LLM answers' }, () => {
        const available = availability.lastAvailable()
        return available === null ? null : Number(available)
      })
    },
    start() {
      if (!availability.isConfigured) return
      prober = createPoller({
        work: observeMinute,
        pauseMs: config.OPERATIONS_INTERVAL_SECONDS * 1000,
        onError: (error) => llmLog.warning('The LLM probe failed', { cause: (error as Error).message }),
      })
    },
    async stop() {
      await prober?.stop()
    },
  }
}

function probesOf(options: LlmOptions, llm: Llm, publish: Publish): LlmProbes {
  return {
    listModels: () => listModels(options),
    complete: async () => publish({ kind: 'llm_used', ...(await llm.probe()) }),
  }
}
