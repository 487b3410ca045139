import type { Config } from '../../platform/config.js'
import type { DemoStore } from './store.js'

/** The demo and real data would meet in one database. The message says where, and what to do. */
export class DemoDataError extends Error {
  override name = 'DemoDataError'
}

/**
 * Keeps demo data and real data apart: a database belongs to the demo from its first start, or never.
 * @returns whether this is the first start of a demo. @throws {DemoDataError}
 */
export async function separateDemoData(
  store: DemoStore,
  { DEMO, DATA_DIR, DATABASE_URL }: Pick<Config, 'DEMO' | 'DATA_DIR' | 'DATABASE_URL'>,
  now: Date,
): Promise<boolean> {
  const holds = await store.read()
  const place = DATABASE_URL === undefined ? `DATA_DIR ${DATA_DIR}` : 'The database of DATABASE_URL'
  const setting = DATABASE_URL === undefined ? 'DATA_DIR' : 'DATABASE_URL'
  if (DEMO && holds === 'real')
    throw new DemoDataError(
      `${place} holds real data, and demo data is never added to it; set ${setting} to a place of the demo's own, or start without --demo`,
    )
  if (!DEMO && holds === 'demo')
    throw new DemoDataError(
      `${place} holds demo data, and real data is never added to it; set ${setting} to another place, or start with --demo`,
    )
  if (!DEMO || holds === 'demo') return false
  await store.mark(now)
  return true
}
