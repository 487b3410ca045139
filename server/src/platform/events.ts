import type { EventOf, PlatformEvent, Publish } from '../domain/platform-event.js'

/** What a subscriber does on each kind of event that it handles. Must be quick, and may neither wait nor fail. */
export type EventHandlers = {
  readonly [Kind in PlatformEvent['kind']]?: (event: EventOf<Kind>) => void
}

/** Facts of the features on their way to whoever logs, counts or acts on them. */
export interface Events {
  publish: Publish
  subscribe(handlers: EventHandlers): void
}

/**
 * Calls every subscriber of a kind at once, in the order in which they subscribed, and allocates nothing.
 * @param onError receives what a subscriber throws: the publisher and the other subscribers go on.
 */
export function createEvents(onError: (error: unknown, kind: PlatformEvent['kind']) => void): Events {
  const subscribers = new Map<PlatformEvent['kind'], Array<(event: PlatformEvent) => void>>()
  return {
    publish(event) {
      const handlers = subscribers.get(event.kind)
      if (!handlers) return
      for (const handle of handlers) {
        try {
          handle(event)
        } catch (error) {
          onError(error, event.kind)
        }
      }
    },
    subscribe(handlers) {
      for (const [kind, handle] of Object.entries(handlers)) {
        const known = subscribers.get(kind as PlatformEvent['kind']) ?? []
        subscribers.set(kind as PlatformEvent['kind'], [...known, handle as (event: PlatformEvent) => void])
      }
    },
  }
}
