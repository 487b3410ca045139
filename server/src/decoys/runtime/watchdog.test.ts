import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, test, vi } from 'vitest'

vi.setConfig({ testTimeout: 90_000 })

const WATCHDOG = fileURLToPath(new URL('../../../dist/decoys/runtime/watchdog.js', import.meta.url))

/** A process with a watchdog that does something. @param beatMs so that it ends what stands still for 15 times as long. */
async function outcomeOf(
  work: string,
  beatMs: number,
): Promise<[code: number | null, signal: string | null, stderr: string]> {
  const program = `import { startWatchdog } from ${JSON.stringify(WATCHDOG)}\nconst watchdog = startWatchdog(${beatMs})\n${work}`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'ignore', 'pipe'],
    // Where the watchdog fails, the process would hang for ever.
    timeout: 60_000,
  })
  let stderr = ''
  child.stderr.on('data', (bytes) => {
    stderr += bytes
  })
  const [code, signal] = await once(child, 'close')
  return [code, signal, stderr]
}

test('a process that hangs is ended, and says so', async () => {
  const [code, signal, stderr] = await outcomeOf('for (;;);', 20)
  expect([code, signal]).toEqual([null, 'SIGKILL'])
  expect(stderr).toBe('eviltwin: the decoy hangs and is ended; what is on its disk is sent by the next one\n')
})

test('a process that works in steps is left alone, and ends when it is done', async () => {
  // Each step is short, all together are longer than what may be missed; a machine that is busy lets the process stand still for less than that.
  const steps = `const until = performance.now() + 4_000
    while (performance.now() < until) await new Promise(setImmediate)
    await watchdog.stop()`
  expect(await outcomeOf(steps, 200)).toEqual([0, null, ''])
})
