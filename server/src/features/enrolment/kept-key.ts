import { readFile } from 'node:fs/promises'
import { writeDurably } from '../../platform/delivery/durable-file.js'
import type { ApiKeys } from '../auth/index.js'

/** A key of a sensor that runs on this host, in a file that only its owner reads. */
export interface KeptKey {
  file: string
  name: string
  sensor_id: string
}

/**
 * Makes sure that the file has a valid key that is bound to the sensor: a start of the server makes another one where it was lost or revoked.
 * @returns whether it was made now.
 */
export async function keepKey(
  apiKeys: Pick<ApiKeys, 'identify' | 'create'>,
  { file, name, sensor_id }: KeptKey,
): Promise<boolean> {
  const kept = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  const identity = kept === null ? undefined : await apiKeys.identify(kept.trim())
  const binding = identity?.binding
  if (binding?.kind === 'named' && binding.sensor_id === sensor_id) return false
  const { key } = await apiKeys.create({ name, scopes: ['ingest'], kind: 'sensor', sensor_id })
  await writeDurably(file, `${key}\n`)
  return true
}
