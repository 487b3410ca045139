import { createHash, randomBytes } from 'node:crypto'
import type { CreatedEnrolment, EnrolledSensor, Enrolment, NewEnrolment } from '@eviltwin/contract'
import { v7 as uuidV7 } from 'uuid'
import { ConflictError, NotFoundError, UnauthorizedError } from '../../platform/errors.js'
import type { ApiKeys } from '../auth/index.js'
import type { EnrolmentStore } from './store.js'

/** Adds sensors: an administrator makes a token, and the host of the sensor exchanges it for a key. */
export interface Enrolments {
  /** @throws {ConflictError} while as many as may be are pending. */
  begin(request: NewEnrolment): Promise<CreatedEnrolment>
  /** Exchanges a token for a key that is bound to its sensor, once. @throws {UnauthorizedError} for one that is unknown, used or expired. */
  enrol(token: string): Promise<EnrolledSensor>
  /** @throws {NotFoundError} */
  find(id: string): Promise<Enrolment>
}

const TOKEN_MS = 3_600_000
const MAX_PENDING = 100

export function createEnrolments(
  store: EnrolmentStore,
  apiKeys: Pick<ApiKeys, 'create'>,
  now: () => number,
): Enrolments {
  async function find(id: string): Promise<Enrolment> {
    const enrolment = await store.find(id, new Date(now()))
    if (enrolment === null)
      throw new NotFoundError(`the enrolment ${id} was not found; enrolments are kept for a week`)
    return enrolment
  }

  return {
    find,
    async begin({ sensor_id }) {
      const token = `en_${randomBytes(32).toString('base64url')}`
      const [id, created_at] = [uuidV7(), new Date(now())]
      const expires_at = new Date(created_at.getTime() + TOKEN_MS)
      const row = { id, token_hash: hashOf(token), sensor_id, created_at, expires_at }
      if (!(await store.add(row, MAX_PENDING)))
        throw new ConflictError(
          `${MAX_PENDING} tokens of sensors wait to be used; use them, or wait an hour until they expire`,
        )
      return { ...(await find(id)), token }
    },
    async enrol(token) {
      const claimed = await store.claim(hashOf(token), new Date(now()))
      if (claimed === null)
        throw new UnauthorizedError(
          'the token is unknown, was used, or has expired; create another one on the page Sensors',
        )
      const { id, sensor_id } = claimed
      const key = await apiKeys
        .create({ name: sensor_id.slice(0, 100), scopes: ['ingest'], kind: 'sensor', sensor_id })
        .catch(async (error: unknown) => {
          await store.release(id).catch(() => {})
          throw error
        })
      await store.setKey(id, key.id)
      return { id: key.id, name: key.name, sensor_id, key: key.key }
    },
  }
}

/** Of 256 random bits: nothing is gained by a slow hash. */
function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
