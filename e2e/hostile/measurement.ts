import { readFileSync, writeFileSync } from 'node:fs'

/** What the attack cost the process of the server. */
export interface Cost {
  /** The longest time for which the event loop did nothing else; null when it was never measured. */
  eventLoopDelayMs: number | null
  /** The most resident memory; null where the system does not say (it is Linux that does). */
  memoryBytes: number | null
}

/** Starts to measure a process. @param eventLoopLog what event-loop-probe.mjs writes. @returns what ends the measurement. */
export function measureCost(pid: number, eventLoopLog: string): () => Cost {
  const begun = Date.now()
  resetPeakMemory(pid)
  return () => ({
    eventLoopDelayMs: worstDelaySince(begun, eventLoopLog),
    memoryBytes: peakMemory(pid),
  })
}

function worstDelaySince(begun: number, eventLoopLog: string): number | null {
  const lines = readFileSync(eventLoopLog, 'utf8').trim().split('\n').filter(Boolean)
  const delays = lines
    .map((line) => JSON.parse(line) as { at: number; delay_ms: number })
    .filter(({ at }) => at >= begun)
    .map(({ delay_ms }) => delay_ms)
  return delays.length === 0 ? null : Math.max(...delays)
}

/** Where that is not permitted the peak is that since the start, which is no less: proc(5), /proc/pid/clear_refs. */
function resetPeakMemory(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, '5')
  } catch {}
}

function peakMemory(pid: number): number | null {
  try {
    const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return kibibytes === undefined ? null : Number(kibibytes) * 1024
  } catch {
    return null
  }
}
