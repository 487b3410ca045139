import type { Permits } from './permits.js'

/** Reads the same for many who ask at the same time. */
export interface SharedRead<Value> {
  /**
   * Who asks while a read is under way shares the one after it: its answer is never older than the question.
   * @throws {FeedsBusyError} while as many different keys are read as there are permits.
   */
  read(key: string, once: () => Promise<Value>): Promise<Value>
}

interface Flight<Value> {
  running: Promise<Value>
  following: Promise<Value> | null
}

export function createSharedRead<Value>(permits: Pick<Permits, 'take'>): SharedRead<Value> {
  const flights = new Map<string, Flight<Value>>()

  function start(key: string, once: () => Promise<Value>): Promise<Value> {
    const release = permits.take()
    const running = once().finally(() => {
      release()
      if (flights.get(key)?.following === null) flights.delete(key)
    })
    flights.set(key, { running, following: null })
    return running
  }

  return {
    read(key, once) {
      const flight = flights.get(key)
      if (!flight) return start(key, once)
      const next = () => start(key, once)
      flight.following ??= flight.running.then(next, next)
      return flight.following
    },
  }
}
