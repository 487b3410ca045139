import type { Sensor } from '@eviltwin/contract'
import { useClock } from '../../components/when'
import { clockText, reasonText } from './sensor-words'

/** Whether a sensor sends, with the reason, and what else is wrong with it. */
export function SensorState({ sensor }: { sensor: Sensor }) {
  const { now } = useClock()
  const reason = reasonText(sensor, now)
  return (
    <div className="grid gap-0.5">
      <StateMark sensor={sensor} />
      {reason && <span className="text-xs text-muted">{reason}</span>}
      {sensor.clock_wrong && <span className="text-xs text-warn">⚠ clock {clockText(sensor)}</span>}
      {sensor.duplicate && <span className="text-xs text-warn">⚠ duplicate name</span>}
    </div>
  )
}

function StateMark({ sensor: { state, expected } }: { sensor: Sensor }) {
  if (state === 'active') return <span className="text-good">✓ active</span>
  if (state === 'unknown') return <span className="text-muted">unknown</span>
  return <span className={expected ? 'text-warn' : 'text-muted'}>⚠ no data</span>
}
