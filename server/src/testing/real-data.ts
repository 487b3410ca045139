import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'

const SHARED = fileURLToPath(new URL('../../../../shared/data/', import.meta.url))

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
