/**
 * The events of lines of Cowrie's log that have one of these ids, and whatever else mentions one: callers check what they get.
 * @param lines NDJSON; what is no JSON is left out.
 */
export function cowrieEvents(lines: Buffer, ids: readonly string[]): unknown[] {
  const mentions = (text: Buffer | string) => ids.some((id) => text.includes(id))
  // Few batches have one.
  if (!mentions(lines)) return []
  return lines
    .toString('utf8')
    .split('\n')
    .filter(mentions)
    .flatMap((line) => parse(line) ?? [])
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}
