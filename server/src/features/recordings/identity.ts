import { parse } from 'uuid'
import { uuidV5 } from '../../domain/identity.js'

/** Namespace of the version 5 UUIDs of recordings. Changing it re-identifies every stored recording. */
const RECORDING_NAMESPACE = parse('f1b2c0de-5e7e-5a11-9e00-0e7117e17048')

/** Identity of a recording: no sensor can name that of another one. */
export function recordingId(sensorId: string, sessionKey: string, name: string): string {
  return uuidV5(
    `${sensorId.length} ${sensorId}\n${sessionKey.length} ${sessionKey}\n${name}`,
    RECORDING_NAMESPACE,
  )
}
