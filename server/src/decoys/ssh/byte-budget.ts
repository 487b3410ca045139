/** Bytes of memory that all connections share. */
export interface ByteBudget {
  /** A part of it for one connection. */
  share(): ByteShare
  /** Bytes in use. */
  used(): number
}

export interface ByteShare {
  /** @returns whether there is room; only then it is taken. */
  take(bytes: number): boolean
  /** Gives everything back. */
  release(): void
}

/** @param maxBytes of all connections together. @param maxBytesEach of one. */
export function createByteBudget(maxBytes: number, maxBytesEach: number): ByteBudget {
  let used = 0
  return {
    used: () => used,
    share() {
      let own = 0
      return {
        take(bytes) {
          if (own + bytes > maxBytesEach || used + bytes > maxBytes) return false
          own += bytes
          used += bytes
          return true
        },
        release() {
          used -= own
          own = 0
        },
      }
    },
  }
}
