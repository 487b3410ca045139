/**
 * What of a text is against the rules of asciicast v2 (https://docs.asciinema.org/manual/asciicast/v2/), written from that page and not from
 * the code that is tested. @returns nothing for a recording that every player opens.
 */
export function asciicastProblems(text: string): string[] {
  const problems: string[] = []
  if (!text.endsWith('\n')) problems.push('the last line has no end')
  const [first = '', ...lines] = text.split('\n').slice(0, -1)
  problems.push(...headerProblems(parsed(first)))
  let time = 0
  for (const [n, line] of lines.entries()) {
    const event = parsed(line)
    const place = `line ${n + 2}`
    if (!Array.isArray(event) || event.length !== 3) {
      problems.push(`${place}: not an array of three`)
      continue
    }
    const [at, code, data] = event as unknown[]
    if (typeof at !== 'number' || !Number.isFinite(at)) problems.push(`${place}: no time`)
    else {
      if (at < time) problems.push(`${place}: ${at} is before ${time}`)
      time = at
    }
    if (!['o', 'i', 'm', 'r'].includes(code as string)) problems.push(`${place}: no code`)
    if (typeof data !== 'string') problems.push(`${place}: no data`)
    if (code === 'r' && !/^\d+x\d+$/.test(String(data))) problems.push(`${place}: no size`)
  }
  return problems
}

function headerProblems(header: unknown): string[] {
  if (typeof header !== 'object' || header === null) return ['line 1: not an object']
  const { version, width, height, timestamp } = header as Record<string, unknown>
  return [
    version === 2 ? [] : ['line 1: the version is not 2'],
    isCount(width) && isCount(height) ? [] : ['line 1: no width and height'],
    timestamp === undefined || isCount(timestamp) ? [] : ['line 1: the timestamp is not in whole seconds'],
  ].flat()
}

function isCount(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 0
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}
