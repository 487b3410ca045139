import type { Sensor } from '@eviltwin/contract'
import type { Queryable } from '../../platform/postgres/database.js'

export interface SensorReader {
  /** Every sensor that ever sent an event, the most recently active first; at most 1,000. */
  list(now: Date): Promise<Sensor[]>
}

const LIST = {
  name: 'sensors-list',
  text: `
    SELECT s.*, ARRAY(
      SELECT coalesce(sum(r.events), 0)::integer
      FROM generate_series(date_trunc('hour', $1::timestamptz) - interval '23 hours', $1, '1 hour') AS hours(hour)
      LEFT JOIN event_rollups r ON r.span = 'hour' AND r.bucket = hour AND r.sensor_id = s.sensor_id
      GROUP BY hour ORDER BY hour
    ) AS hourly_events
    FROM (SELECT * FROM sensors ORDER BY last_received_at DESC, sensor_id LIMIT 1000) s`,
}

export function createSensorReader(database: Queryable): SensorReader {
  return { list: (now) => database.query<Sensor>({ ...LIST, values: [now] }) }
}
