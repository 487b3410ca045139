import { Worker } from 'node:worker_threads'

/** Ends a process that hangs. */
export interface Watchdog {
  stop(): Promise<void>
}

const BEAT_MS = 1_000
/** Beats that may be missing in a row. They are counted, and no time: a machine that slept says nothing about its processes. */
const MAX_MISSED = 15
const MIB_OF_THREAD = 8

/** Runs in a thread of its own, which goes on while the process hangs. It writes to the file of stderr, since the stream needs the process. */
const THREAD = `
  const { writeSync } = require('node:fs')
  const { workerData: { beats, beatMs, maxMissed } } = require('node:worker_threads')
  const count = new Int32Array(beats)
  let last = -1
  let missed = 0
  setInterval(() => {
    const now = Atomics.load(count, 0)
    missed = now === last ? missed + 1 : 0
    last = now
    if (missed < maxMissed) return
    try {
      writeSync(2, 'eviltwin: the decoy hangs and is ended; what is on its disk is sent by the next one\\n')
    } finally {
      process.kill(process.pid, 'SIGKILL')
    }
  }, beatMs)
`

/**
 * Ends this process with SIGKILL once its event loop stands still for {@link MAX_MISSED} beats, so that whoever started it starts another.
 * What attackers send is bounded before it is worked on; this is for a bound that somebody forgot, which would otherwise stop the
 * decoy for as long as the attacker likes.
 * @param beatMs between two beats.
 */
export function startWatchdog(beatMs = BEAT_MS): Watchdog {
  const beats = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)
  const count = new Int32Array(beats)
  const worker = new Worker(THREAD, {
    eval: true,
    execArgv: [],
    env: {},
    workerData: { beats, beatMs, maxMissed: MAX_MISSED },
    resourceLimits: { maxOldGenerationSizeMb: MIB_OF_THREAD, maxYoungGenerationSizeMb: 1 },
  })
  worker.unref()
  const timer = setInterval(() => Atomics.add(count, 0, 1), beatMs).unref()
  return {
    async stop() {
      clearInterval(timer)
      await worker.terminate()
    },
  }
}
