import { readFileSync, statSync } from 'node:fs'
import { parse } from 'yaml'
import { z } from 'zod'
import type { BaitPage } from './bait-pages.js'

/** A file of bait cannot be used; the message says what is wrong with it. */
export class BaitFileError extends Error {
  override name = 'BaitFileError'
}

const MAX_FILE_BYTES = 1_048_576
const MAX_PAGES = 500

const Page = z.strictObject({
  path: z.string().startsWith('/').max(1_024),
  name: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,39}$/, 'lower-case letters, digits and underscores, at most 40')
    .default('configured'),
  status: z.int().min(200).max(599).default(200),
  content_type: z
    .string()
    .regex(/^[\w.+-]+\/[\w.+-]+(; ?[\w-]+=[\w.-]+)?$/, 'a media type such as text/html')
    .default('text/html'),
  body: z.string().max(262_144).default(''),
})
const BaitFile = z.strictObject({ pages: z.array(Page).max(MAX_PAGES) })

/**
 * Reads further pages of bait, in YAML or JSON: `pages`, each with `path` and, where they are not the default, `name`, `status`,
 * `content_type` and `body`. @returns them by path in lower case. @throws {BaitFileError}
 */
export function readBaitFile(file: string): ReadonlyMap<string, BaitPage> {
  const parsed = BaitFile.safeParse(contentOf(file))
  if (!parsed.success) throw new BaitFileError(`${file}: ${z.prettifyError(parsed.error)}`)
  return new Map(
    parsed.data.pages.map(({ path, name, status, content_type, body }) => [
      path.toLowerCase(),
      { name, status, contentType: content_type, body },
    ]),
  )
}

function contentOf(file: string): unknown {
  try {
    if (statSync(file).size > MAX_FILE_BYTES) throw new Error(`it is larger than ${MAX_FILE_BYTES} bytes`)
    return parse(readFileSync(file, 'utf8'), { maxAliasCount: 0 })
  } catch (error) {
    throw new BaitFileError(`${file} cannot be read as YAML or JSON: ${(error as Error).message}`)
  }
}
