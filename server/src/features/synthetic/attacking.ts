import { createPoller } from '../../platform/poller.js'
import type { FeedObserver } from './feed-observer.js'
import type { OwnWays } from './own-ways.js'
import type { Runner } from './runner.js'
import type { DecoyTargets } from './started-decoys.js'
import type { Verdicts } from './verdicts.js'

export interface AttackingOptions {
  observer: FeedObserver
  runner: Runner
  verdicts: Verdicts
  ways: Pick<OwnWays, 'prepare'>
  decoys: Pick<DecoyTargets, 'register' | 'sensors'>
  isLeader: () => boolean
  /** Whether this is the process of its server that attacks the server's decoys. */
  attacksDecoys: boolean
  /** Why nothing may be attacked now; null: it may. */
  pausedBecause: () => Promise<string | null>
  onError: (error: unknown) => void
}

const TICK_MS = 1_000

/**
 * Attacks from now on. The leader attacks what all servers reach; decoys are attacked by the server that started them, whoever leads, since they
 * listen on its loopback address.
 * @returns ends the attacks, and resolves when none is under way.
 */
export function startAttacking({ observer, runner, verdicts, ways, decoys, ...options }: AttackingOptions): {
  stop(): Promise<void>
} {
  const { isLeader, attacksDecoys, pausedBecause, onError } = options
  let isPrepared = false

  async function lead(): Promise<void> {
    if (!isPrepared) await ways.prepare()
    isPrepared = true
    // An attack is detected also when nobody can be notified: that is what its last hops show.
    await observer.connect().catch(onError)
    await verdicts.reach()
  }

  const poller = createPoller({
    async work() {
      const registered = isLeader()
      if (registered) await lead()
      else observer.close()
      if (attacksDecoys) await decoys.register()
      const own = attacksDecoys ? decoys.sensors() : []
      if (!registered && own.length === 0) return
      if ((await pausedBecause()) === null) await runner.attackDue({ registered, decoys: own })
    },
    pauseMs: TICK_MS,
    onError,
  })
  return {
    async stop() {
      await poller.stop()
      await runner.stop()
      observer.close()
    },
  }
}
