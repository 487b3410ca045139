import pg from 'pg'

const { builtins } = pg.types

/** Values as the contract spells them: timestamps as RFC 3339 text, bigints as numbers (ours stay far below 2^53). */
export function parserFor(oid: number, format?: 'text' | 'binary'): (value: string) => unknown {
  if (oid === builtins.TIMESTAMPTZ) return rfc3339
  if (oid === builtins.INT8) return Number
  return pg.types.getTypeParser(oid, (format ?? 'text') as 'text')
}

/** `2026-03-22 00:10:42.83+00` -> `2026-03-22T00:10:42.830000Z`; the session's zone is always UTC. */
function rfc3339(text: string): string {
  const [date = '', time = ''] = text.slice(0, -3).split(' ')
  const [seconds = '', fraction = ''] = time.split('.')
  return `${date}T${seconds}.${fraction.padEnd(6, '0')}Z`
}
