/** How many live feeds each user has on this replica. */
export interface FeedQuota {
  /** Takes a place. @returns how to give it back, once; null when the user has as many as there may be. */
  take(user_id: string): (() => void) | null
}

export function createFeedQuota(max: number): FeedQuota {
  const taken = new Map<string, number>()
  return {
    take(user_id) {
      const count = taken.get(user_id) ?? 0
      if (count >= max) return null
      taken.set(user_id, count + 1)
      return () => {
        const left = (taken.get(user_id) ?? 0) - 1
        if (left > 0) taken.set(user_id, left)
        else taken.delete(user_id)
      }
    },
  }
}
