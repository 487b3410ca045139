import type { RecordingFormat } from '@eviltwin/contract'
import { sessionId } from '../../domain/identity.js'
import { canonicalIp } from '../../domain/ip-address.js'
import { recordingId } from './identity.js'
import type { NewRecording, OpenRecording, RecordingRows } from './writer-store.js'

/** Whose recording it is. */
export interface RecordingOwner {
  /** Empty without a key. */
  key_id: string
  sensor_id: string
  /** The sensor's own key of the session. */
  session: string
  /** The sensor's name of the recording. */
  name: string
  source_ip: string | undefined
}

/** A recording that is held for writing. */
export interface HeldRecording extends OpenRecording {
  id: string
  is_new: boolean
  /** The session that the sender named by its address, where the recording has none yet. */
  new_session_id: string | null
}

/** How a recording is sent. */
export type SentAs = Pick<NewRecording, 'content_sha256' | 'now'> & { format: RecordingFormat }

/** Creates the recording of an owner, or finds it; nobody else changes it before the end of the transaction. */
export async function holdRecording(
  rows: Pick<RecordingRows, 'open'>,
  { key_id, sensor_id, session, name, source_ip }: RecordingOwner,
  sentAs: SentAs,
): Promise<HeldRecording> {
  const id = recordingId(sensor_id, session, name)
  const address = source_ip === undefined ? null : canonicalIp(source_ip)
  const stated = address === null ? null : sessionId(sensor_id, session, address)
  const identity = { id, sensor_id, session_key: session, name, session_id: stated, key_id }
  const open = await rows.open({ ...identity, ...sentAs })
  return {
    ...open,
    id,
    session_id: open.session_id ?? stated,
    new_session_id: open.session_id === null ? stated : null,
  }
}
