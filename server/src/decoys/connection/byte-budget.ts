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
  /** Gives back a part of what was taken. */
  give(bytes: number): void
  /** Bytes that may still be taken. */
  left(): number
  /** Gives everything back; from then on there is no room. */
  release(): void
}

/** @param maxBytes of all connections together. @param maxBytesEach of one. */
export function createByteBudget(maxBytes: number, maxBytesEach: number): ByteBudget {
  let used = 0
  return {
    used: () => used,
    share() {
      let own = 0
      let isReleased = false
      const left = () => (isReleased ? 0 : Math.min(maxBytesEach - own, maxBytes - used))
      const give = (bytes: number) => {
        const given = Math.min(bytes, own)
        used -= given
        own -= given
      }
      return {
        take(bytes) {
          if (bytes > left()) return false
          own += bytes
          used += bytes
          return true
        },
        give,
        left,
        release() {
          give(own)
          isReleased = true
        },
      }
    },
  }
}
