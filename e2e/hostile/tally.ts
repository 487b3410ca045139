/** How often each thing happened, by what it is called: mostly the status of an answer. */
export interface Tally {
  add(what: string | number, count?: number): void
  of(what: string | number): number
  entries(): Array<[what: string, count: number]>
}

/** What a request is counted as that got no answer at all. */
export const UNANSWERED = 'unanswered'

export function createTally(): Tally {
  const counts = new Map<string, number>()
  return {
    add(what, count = 1) {
      counts.set(String(what), (counts.get(String(what)) ?? 0) + count)
    },
    of: (what) => counts.get(String(what)) ?? 0,
    entries: () => [...counts].sort(([one], [other]) => (one < other ? -1 : 1)),
  }
}

/** So many clients, each of which sends one request after another until it is over; counts the statuses. */
export async function flood(
  tally: Tally,
  clients: number,
  isOver: () => boolean,
  send: (n: number) => Promise<Response>,
): Promise<void> {
  let sent = 0
  const client = async () => {
    do {
      sent += 1
      tally.add(await statusOf(send(sent)))
    } while (!isOver())
  }
  await Promise.all(Array.from({ length: clients }, client))
}

/** Reads the answer to its end. */
export function statusOf(answer: Promise<Response>): Promise<number | typeof UNANSWERED> {
  return answer.then(
    async (response) => {
      await response.arrayBuffer()
      return response.status
    },
    () => UNANSWERED,
  )
}

/** One of a list in turn. @param list with one thing at least. */
export function at<Item>(list: readonly Item[], n: number): Item {
  return list[n % list.length] as Item
}
