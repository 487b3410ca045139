import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Objective } from './objective.js'
import { OpenSloError, parseOpenSlo } from './openslo.js'

/** The eight objectives of the source specification, and those of the HTTP Event Collector. */
export const SHIPPED = fileURLToPath(new URL('../../../slos/', import.meta.url))

/**
 * Reads every `*.yaml` of a directory.
 * @throws {OpenSloError} for a document that is wrong, or an id that comes twice.
 */
export async function loadObjectives(directory: string = SHIPPED): Promise<Objective[]> {
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    throw new OpenSloError(
      `the SLO directory ${directory} cannot be read (${error.code}); set SLO_DIR to a directory of OpenSLO documents`,
    )
  })
  const files = names.filter((name) => /\.ya?ml$/.test(name)).sort()
  const objectives: Objective[] = []
  for (const file of files)
    objectives.push(...parseOpenSlo(await readFile(join(directory, file), 'utf8'), file))
  const ids = new Set<string>()
  for (const { id } of objectives) {
    if (ids.has(id)) throw new OpenSloError(`the SLO ${id} is defined twice in ${directory}`)
    ids.add(id)
  }
  return objectives
}
