/** What an attacker can make long is kept short: this many members, unless the names are ours. */
const MAX_MEMBERS = 16

/**
 * The `limit` smallest distinct members of both, sorted by code unit: unlike "the first seen", independent of order. The known set itself
 * where nothing is new.
 */
export function withMembers(
  known: readonly string[],
  more: readonly string[],
  limit = MAX_MEMBERS,
): readonly string[] {
  if (more.every((member) => known.includes(member))) return known
  return [...new Set([...known, ...more])].sort().slice(0, limit)
}
