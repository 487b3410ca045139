/**
 * How many keys must have leaked at least for all of these sensors to be forged. Sensors for which one key may speak, directly or through
 * others, are one group, so no number of sensors of one key counts as more than one; sensors that no key is bound to are one group, too.
 * @param keys by sensor the keys that may speak for it.
 * @returns the group of a sensor; the same for sensors of one group.
 */
export function groupsOfKeys(
  keys: ReadonlyMap<string, readonly string[]>,
): (sensor_id: string) => string | null {
  const parents = new Map<string, string>()
  const rootOf = (key: string): string => {
    let root = key
    for (let parent = parents.get(root); parent !== undefined; parent = parents.get(root)) root = parent
    // The next search from here is short.
    if (root !== key) parents.set(key, root)
    return root
  }
  for (const [first, ...others] of keys.values()) {
    if (first === undefined) continue
    for (const other of others) {
      const [root, joined] = [rootOf(first), rootOf(other)]
      if (root !== joined) parents.set(joined, root)
    }
  }
  return (sensor_id) => {
    const key = keys.get(sensor_id)?.[0]
    return key === undefined ? null : rootOf(key)
  }
}
