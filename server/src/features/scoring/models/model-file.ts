import { readFile, stat } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Logger } from '../../../platform/logger.js'

/** The models that ship; `eviltwin train` writes them. */
export const TACTIC_MODEL = fileURLToPath(new URL('../../../../models/tactics.json', import.meta.url))
export const THREAT_MODEL = fileURLToPath(new URL('../../../../models/threat.json', import.meta.url))

/** A model as its file says now. */
export interface ModelFile<Model> {
  /** Null while the file is missing or not such a model: then rules do its work. */
  current(): Model | null
  /** Looks at the file again, so a model that comes back, or a new one, needs no restart. Never throws. */
  refresh(): Promise<void>
}

export interface ModelFileOptions<Model> {
  path: string
  /** Throws when the text is no such model. */
  parse: (text: string) => Model
  /** What the log calls it. */
  name: string
  log: Logger
}

export function watchModelFile<Model>({ path, parse, name, log }: ModelFileOptions<Model>): ModelFile<Model> {
  let modifiedAt = Number.NaN
  let model: Model | null = null
  let trouble = ''

  return {
    current: () => model,
    async refresh() {
      try {
        const { mtimeMs } = await stat(path)
        if (mtimeMs === modifiedAt) return
        // Before reading: what is wrong stays wrong until the file changes.
        modifiedAt = mtimeMs
        model = parse(await readFile(path, 'utf8'))
        trouble = ''
        log.info('Model loaded', { model: name })
      } catch (error) {
        model = null
        if (!isReadable(error)) modifiedAt = Number.NaN
        const cause = (error as Error).message.slice(0, 200)
        if (cause !== trouble)
          log.warning('A model cannot be used; rules take its place', { model: name, cause })
        trouble = cause
      }
    },
  }
}

/** Whether the file was there, and only its content is at fault. */
function isReadable(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === undefined
}
