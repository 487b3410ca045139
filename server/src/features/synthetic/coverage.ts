/** An expected sensor, as it was judged by what was heard of it. */
export interface JudgedSensor {
  sensor_id: string
  state: 'active' | 'no_data' | 'unknown'
}

/** Of the expected sensors so many are proven to be there. */
export interface Coverage {
  proven: number
  expected: number
}

/**
 * A sensor is proven by what was heard of it within its limit, or by an attack that it reported. One of which too little is known to say
 * is not counted. Pure. @param attacked sensors that reported their last attack of the platform lately.
 */
export function coverageOf(sensors: readonly JudgedSensor[], attacked: ReadonlySet<string>): Coverage {
  const isProven = ({ sensor_id, state }: JudgedSensor) => state === 'active' || attacked.has(sensor_id)
  const proven = sensors.filter(isProven).length
  const silent = sensors.filter((sensor) => !isProven(sensor) && sensor.state === 'no_data').length
  return { proven, expected: proven + silent }
}
