import { readFile, stat } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Logger } from '../observability/log.js'
import { TacticModelFile } from './tactic-model.js'

/** The model that ships; `eviltwin train` writes it. */
export const TACTIC_MODEL = fileURLToPath(new URL('../../models/tactics.json', import.meta.url))

const LOOK_AGAIN_MS = 30_000

/**
 * Gives the model of a file, or null while it is missing or not one: then rules do its work. Looks at the file again every half
 * minute, so a model that comes back, or a new one, needs no restart.
 */
export function watchTacticModel(
  path: string,
  log: Logger,
  now: () => number,
): () => Promise<TacticModelFile | null> {
  let lookedAt = Number.NEGATIVE_INFINITY
  let modifiedAt = Number.NaN
  let model: TacticModelFile | null = null

  return async () => {
    if (now() - lookedAt < LOOK_AGAIN_MS) return model
    lookedAt = now()
    try {
      const { mtimeMs } = await stat(path)
      if (mtimeMs === modifiedAt) return model
      model = TacticModelFile.parse(JSON.parse(await readFile(path, 'utf8')))
      modifiedAt = mtimeMs
      log.info('Tactic model loaded', { version: model.version, features: Object.keys(model.weights).length })
    } catch (error) {
      if (model || Number.isNaN(modifiedAt)) {
        log.warning('The tactic model cannot be used; rules read commands', {
          cause: (error as Error).message.slice(0, 200),
        })
      }
      model = null
      modifiedAt = Number.NEGATIVE_INFINITY
    }
    return model
  }
}
