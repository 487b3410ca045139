import type { Config } from '../../platform/config.js'
import { createPoller, oncePerMinute, type Poller } from '../../platform/poller.js'
import type { Module, ModuleContext } from '../../platform/runtime/module.js'
import type { SessionReader } from '../sessions/index.js'
import { createLlm, type Llm } from './llm.js'
import { createLlmProbe } from './llm-probe.js'
import { aiRoutes } from './routes.js'
import { createTriages } from './triage.js'

export interface TriageModuleOptions
  extends Pick<ModuleContext, 'config' | 'events' | 'log' | 'now' | 'isLeader'> {
  sessions: SessionReader
}

/** Analyses by the LLM where there is one that answers, by rules always; and the watch over the LLM. */
export function createTriageModule(options: TriageModuleOptions): Module {
  const { config, events, now, isLeader, sessions } = options
  const { publish } = events
  const log = options.log.logging('backend.services.operations')
  const llm = createLlmProbe({
    provider: config.LLM_PROVIDER,
    baseUrl: config.LLM_BASE_URL,
    apiKey: config.LLM_API_KEY,
    model: config.LLM_MODEL,
    timeoutMs: config.LLM_TIMEOUT_MS,
    publish,
    now,
  })
  const triages = createTriages({ sessions, llm: llmOf(config), publish, now })
  /** One slice of the objective "AI availability". */
  const probe = oncePerMinute(now, async () => {
    publish({ kind: 'llm_probed', available: (await llm.status()).available })
  })
  let prober: Poller | null = null
  return {
    async routes(app) {
      await app.register(aiRoutes, { llm, triages })
    },
    gauges({ gauge }) {
      gauge({ name: 'eviltwin.ai.available', description: '1 while the LLM answers' }, () => {
        const available = llm.lastAvailable()
        return available === null ? null : Number(available)
      })
    },
    start() {
      if (!llm.isConfigured) return
      prober = createPoller({
        work: async () => {
          if (isLeader()) await probe()
        },
        pauseMs: config.OPERATIONS_INTERVAL_SECONDS * 1000,
        onError: (error) => log.warning('The LLM probe failed', { cause: (error as Error).message }),
      })
    },
    async stop() {
      await prober?.stop()
    },
  }
}

function llmOf(config: Config): Llm | null {
  if (config.LLM_BASE_URL === undefined) return null
  return createLlm({
    provider: config.LLM_PROVIDER,
    baseUrl: config.LLM_BASE_URL,
    apiKey: config.LLM_API_KEY,
    model: config.LLM_MODEL,
    timeoutMs: config.LLM_TIMEOUT_MS,
    prices: { input: config.LLM_INPUT_PRICE, output: config.LLM_OUTPUT_PRICE },
  })
}
