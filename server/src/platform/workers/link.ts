/** Functions that one process offers to another. What they take and give is copied: plain values. */
export type Calls = Readonly<Record<string, (...args: never[]) => unknown>>

/** The functions of the other process. They reject when it fails, ends, or does not answer in time. */
export type Remote<Offered> = {
  [Name in keyof Offered]: Offered[Name] extends (...args: infer Args) => infer Result
    ? (...args: Args) => Promise<Awaited<Result>>
    : never
}

/** The functions of this process as if they were of another one. */
export function asRemote<Offered extends object>(own: Offered): Remote<Offered> {
  return new Proxy(own, {
    get: (target, name) => {
      const offered = Reflect.get(target, name) as unknown
      return typeof offered === 'function' ? async (...args: unknown[]) => offered(...args) : undefined
    },
  }) as unknown as Remote<Offered>
}

/** Two processes that call functions of each other over a channel that keeps the order of messages. */
export interface Link<Offered> {
  remote: Remote<Offered>
  /** Takes a message of the other process. */
  receive(message: unknown): void
  /** The other process is gone: whatever waits for it fails. */
  close(): void
}

/** The other process does not answer. */
export class LinkError extends Error {
  override name = 'LinkError'
}

type Message =
  | { call: number; name: string; args: unknown[] }
  | { answer: number; value?: unknown; error?: string }

interface Waiting {
  resolve: (value: unknown) => void
  reject: (error: Error) => void
  timer: NodeJS.Timeout
}

/** Longer than a process stands still while it works; shorter than a sender waits. */
const ANSWER_MS = 5_000
/** Calls that wait at the same time. */
const MAX_WAITING = 10_000

/**
 * @param send gives a message to the channel; a message that finds it closed is lost.
 * @param own what the other process may call; an error's message is all that it learns of one.
 */
export function createLink<Offered>(send: (message: unknown) => void, own: Calls): Link<Offered> {
  const waiting = new Map<number, Waiting>()
  let calls = 0
  let open = true

  function call(name: string, args: unknown[]): Promise<unknown> {
    if (!open) return Promise.reject(new LinkError('the other process has ended'))
    if (waiting.size >= MAX_WAITING)
      return Promise.reject(new LinkError('too much waits for the other process'))
    calls += 1
    const id = calls
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        waiting.delete(id)
        reject(new LinkError(`the other process did not answer \`${name}\` in time`))
      }, ANSWER_MS).unref()
      waiting.set(id, { resolve, reject, timer })
      send({ call: id, name, args } satisfies Message)
    })
  }

  async function answer(id: number, name: string, args: unknown[]): Promise<void> {
    try {
      const offered = Object.hasOwn(own, name) ? own[name] : undefined
      if (!offered) throw new LinkError(`there is no \`${name}\``)
      const value = await (offered as (...all: unknown[]) => unknown)(...args)
      if (open) send({ answer: id, value } satisfies Message)
    } catch (error) {
      if (open) send({ answer: id, error: (error as Error).message } satisfies Message)
    }
  }

  function settle({ answer: id, value, error }: Extract<Message, { answer: number }>): void {
    const waits = waiting.get(id)
    if (!waits) return
    waiting.delete(id)
    clearTimeout(waits.timer)
    if (error === undefined) waits.resolve(value)
    else waits.reject(new LinkError(error))
  }

  return {
    remote: new Proxy({} as Remote<Offered>, {
      // What has a `then` would be awaited.
      get: (_target, name) =>
        name === 'then' ? undefined : (...args: unknown[]) => call(String(name), args),
    }),
    receive(message) {
      const known = message as Message
      if ('call' in known) void answer(known.call, known.name, known.args)
      else settle(known)
    },
    close() {
      open = false
      for (const { reject, timer } of waiting.values()) {
        clearTimeout(timer)
        reject(new LinkError('the other process has ended'))
      }
      waiting.clear()
    },
  }
}
