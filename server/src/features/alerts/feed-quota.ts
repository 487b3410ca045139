/** How many live feeds each user has on this server, on all of its processes together. Plain values in and out. */
export interface FeedQuota {
  /** Takes a place. @returns false when the user has as many as there may be. */
  takeFeed(user_id: string): boolean
  giveBackFeed(user_id: string): void
}

/** The quota as each process uses it. */
export interface FeedQuotas {
  of(process: number): FeedQuota
  /** The process has ended, and with it its feeds. */
  leave(process: number): void
}

export function createFeedQuotas(max: number): FeedQuotas {
  /** By process, and there by user. */
  const taken = new Map<number, Map<string, number>>()
  const takenBy = (user_id: string) =>
    [...taken.values()].reduce((sum, own) => sum + (own.get(user_id) ?? 0), 0)
  return {
    of(process) {
      const own = taken.get(process) ?? new Map<string, number>()
      taken.set(process, own)
      return {
        takeFeed(user_id) {
          if (takenBy(user_id) >= max) return false
          own.set(user_id, (own.get(user_id) ?? 0) + 1)
          return true
        },
        giveBackFeed(user_id) {
          const left = (own.get(user_id) ?? 0) - 1
          if (left > 0) own.set(user_id, left)
          else own.delete(user_id)
        },
      }
    },
    leave: (process) => taken.get(process)?.clear(),
  }
}
