import { createHmac } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { createPoller, type Poller } from '../../platform/poller.js'
import type { ModuleContext } from '../../platform/runtime/module.js'
import type { ApiKeys } from '../auth/index.js'
import type { CanaryTokens } from '../canary/index.js'
import type { HookKind } from './acts.js'
import { captureEndingAt } from './capture.js'
import { createIngestDelay } from './ingest-delay.js'
import { createPlayer } from './player.js'
import { createSender } from './sender.js'
import { separateDemoData } from './separation.js'
import { createDemoStore } from './store.js'

/** Demo traffic, apart from real data. */
export interface Demo {
  /** Lets the demo delay POST /log; does nothing without DEMO. */
  guard(app: FastifyInstance): void
  /** Sends the demo's traffic to the listening server from now on; does nothing without DEMO. @param url without a final slash. */
  play(url: string): Promise<void>
  /** Ends the traffic; comes before the server stops listening. */
  stop(): Promise<void>
}

export interface DemoOptions extends Pick<ModuleContext, 'config' | 'database' | 'log' | 'now'> {
  apiKeys: Pick<ApiKeys, 'adopt'>
  tokens: Pick<CanaryTokens, 'list' | 'create'>
}

const TICK_MS = 200
/** Who made the demo's canary tokens. */
const AUTHOR = 'demo'
/** The first two report hits; the others are there to be looked at. */
const TOKENS = [
  { kind: 'canarytokens', name: 'payroll.xlsx on the finance share' },
  { kind: 'opencanary', name: 'backup share' },
  { kind: 'link', name: 'VPN instructions in the wiki' },
  { kind: 'aws_keys', name: 'deploy script of build-3' },
] as const

/** @throws {DemoDataError} where demo data and real data would be mixed. */
export async function createDemo(options: DemoOptions): Promise<Demo> {
  const { config, database, now } = options
  const isFirstStart = await separateDemoData(createDemoStore(database.app), config, new Date(now()))
  const delay = createIngestDelay(() => performance.now())
  let poller: Poller | undefined
  let idle = async () => {}
  if (!config.DEMO) return { guard: () => {}, play: async () => {}, stop: async () => {} }
  const log = options.log.logging('backend.demo')
  return {
    guard: delay.guard,
    async play(url) {
      const keys = await prepareKeys(options)
      const speed = config.DEMO_SPEED
      const hooks = await prepareTokens(options)
      const sender = createSender({ url, keys, hooks, delay, speed, now, log })
      if (isFirstStart) await sender.sendLines(await captureEndingAt(now()))
      const run = Math.floor(now() / 1000).toString(36)
      const player = createPlayer({
        clock: () => performance.now(),
        speed,
        run,
        perform: sender.perform,
      })
      idle = player.idle
      const onError = (error: unknown) => log.error('Demo stopped', { cause: (error as Error).message })
      poller = createPoller({ work: async () => player.tick(), pauseMs: TICK_MS, onError })
      log.info('Demo traffic begins', { speed })
    },
    async stop() {
      delay.inject(0, 0)
      await poller?.stop()
      await idle()
    },
  }
}

/** Derived from the secret, so that each start has the same; the server stores hashes alone. */
async function prepareKeys({ config, apiKeys }: DemoOptions) {
  const derive = (purpose: string) =>
    `et_${createHmac('sha256', config.SECRET_KEY).update(`demo: ${purpose}`).digest('base64url')}`
  const demo = derive('sensors')
  await apiKeys.adopt(demo, 'demo sensors')
  return { demo, unknown: derive('unknown key') }
}

async function prepareTokens({ tokens }: DemoOptions): Promise<Record<HookKind, string>> {
  const known = (await tokens.list()).filter(({ created_by }) => created_by === AUTHOR)
  const paths = new Map<string, string>()
  for (const wanted of TOKENS) {
    const token = known.find(({ kind }) => kind === wanted.kind) ?? (await tokens.create(wanted, AUTHOR))
    paths.set(wanted.kind, new URL(token.url).pathname)
  }
  return { canarytokens: paths.get('canarytokens') ?? '', opencanary: paths.get('opencanary') ?? '' }
}
