import { mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'

const PARTIAL = '.partial'

/** Writes a file that is there whole or not at all, also after a power failure. Makes its directory. */
export async function writeDurably(path: string, content: string | Buffer): Promise<void> {
  const directory = dirname(path)
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const partial = `${path}.${process.pid}${PARTIAL}`
  const file = await open(partial, 'w', 0o600)
  try {
    await file.writeFile(content)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(partial, path)
  const parent = await open(directory, 'r')
  try {
    await parent.sync()
  } finally {
    await parent.close()
  }
}

/** Removes what processes that were killed left half-written in a directory. */
export async function removePartials(directory: string): Promise<void> {
  const names = await readdir(directory).catch(() => [])
  for (const name of names.filter((each) => each.endsWith(PARTIAL)))
    await rm(join(directory, name), { force: true })
}
