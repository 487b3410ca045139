import { sensorIdProblem } from '@eviltwin/contract'
import { type KeyBinding, mismatchOf, ownSensorOf } from '../../../domain/key-binding.js'
import { ConflictError, ForbiddenError, InvalidInputError } from '../../../platform/errors.js'

/**
 * The sensor of a heartbeat: that of its key, or the one that a key for several sensors names.
 * @param declared as the request names it.
 * @throws {InvalidInputError} where none is named. @throws {ForbiddenError} where the key may not speak for it.
 * @throws {ConflictError} for a key that has no sensor yet: its first event decides.
 */
export function sensorOfHeartbeat(binding: KeyBinding, declared: string | undefined): string {
  if (binding.kind === 'named') return binding.sensor_id
  if (binding.kind === 'unbound')
    throw new ConflictError(
      'the key has no sensor yet: its first event decides; send the heartbeat again after it',
    )
  const sensor_id = declared?.trim() || ownSensorOf(binding)
  if (sensor_id === undefined)
    throw new InvalidInputError(
      'the key is for several sensors; name the sensor in `sensor_id` or X-Sensor-Id',
      [{ pointer: '/sensor_id', message: 'name the sensor' }],
    )
  const problem = sensorIdProblem(sensor_id)
  if (problem !== null) throw new InvalidInputError(problem, [{ pointer: '/sensor_id', message: problem }])
  const mismatch = mismatchOf(binding, sensor_id)
  if (mismatch !== null) throw new ForbiddenError(`${mismatch}; use its own key`)
  return sensor_id
}
