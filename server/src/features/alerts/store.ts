import type { Transactional } from '../../platform/postgres/database.js'
import { type AlertReader, createAlertReader } from './alert-reader-store.js'
import { type AlertWriter, createAlertWriter } from './alert-writer-store.js'

/** Everything about alerts but how they are raised. */
export interface AlertStore extends AlertReader, AlertWriter {}

/** Alerts, as they are read and as people change them. `queue-store.ts` writes new ones. */
export function createAlertStore(database: Transactional): AlertStore {
  return { ...createAlertReader(database), ...createAlertWriter(database) }
}
