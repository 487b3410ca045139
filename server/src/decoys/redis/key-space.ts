/** Keys of one connection: what it writes, it can read, and nobody else can. */
export interface KeySpace {
  get(key: string): Buffer | undefined
  /** @returns false where there is no room. */
  set(key: string, value: Buffer): boolean
  /** @returns how many there were. */
  remove(keys: readonly string[]): number
  clear(): void
  names(): string[]
  size(): number
}

const MAX_KEYS = 256
const MAX_BYTES = 4 * 1024 * 1024

export function createKeySpace(initial: ReadonlyArray<readonly [string, string]>): KeySpace {
  const values = new Map<string, Buffer>(initial.map(([key, value]) => [key, Buffer.from(value)]))
  let bytes = [...values].reduce((sum, [key, value]) => sum + sizeOf(key, value), 0)

  function remove(key: string): boolean {
    bytes -= sizeOf(key, values.get(key))
    return values.delete(key)
  }

  return {
    get: (key) => values.get(key),
    set(key, value) {
      if (values.has(key)) remove(key)
      if (values.size >= MAX_KEYS || bytes + sizeOf(key, value) > MAX_BYTES) return false
      values.set(key, value)
      bytes += sizeOf(key, value)
      return true
    },
    remove: (keys) => keys.filter(remove).length,
    clear() {
      values.clear()
      bytes = 0
    },
    names: () => [...values.keys()],
    size: () => values.size,
  }
}

function sizeOf(key: string, value: Buffer | undefined): number {
  return value === undefined ? 0 : key.length + value.length
}
