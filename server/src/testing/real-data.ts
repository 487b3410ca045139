import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'

/** What real-data.json lists; vitest.config.ts and scripts/test.mjs name what of it is missing. */
const SHARED = fileURLToPath(new URL('../../../../shared/data/', import.meta.url))

/** Sessions that experts labelled, one a line; the file exists only beside a project that has the data. */
export const LABELLED_SESSIONS = `${SHARED}labelled/sessions.ndjson`

/** MITRE's list of ATT&CK Enterprise v17.1: id, name and tactics, tab-separated; beside the project only. */
export const ATTACK_ENTERPRISE = `${SHARED}attack/enterprise-17.1.tsv`

/** Lines of the real captures beside the project; none on a machine that has only the project. */
export function realLines(kind: 'cowrie' | 'dionaea'): string[] {
  const directory = `${SHARED}${kind}`
  if (!existsSync(directory)) return []
  return readdirSync(directory)
    .filter((name) => name.endsWith('.gz'))
    .sort()
    .flatMap((name) =>
      gunzipSync(readFileSync(`${directory}/${name}`))
        .toString()
        .trim()
        .split('\n'),
    )
}
