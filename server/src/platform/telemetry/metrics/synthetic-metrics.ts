import { SyntheticMarkerReason } from '@eviltwin/contract'
import type { Meter } from '@opentelemetry/api'
import type { EventHandlers } from '../../events.js'
import { counterOf } from './counter.js'

/** Dense around the objective of ten seconds. */
const DETECTION_SECONDS = [0.1, 0.25, 0.5, 1, 2, 3, 5, 7.5, 10, 15, 30, 60]

/** Attacks of the platform on its own sensors, and what they prove. */
export function syntheticMetrics(meter: Meter): EventHandlers {
  const attacks = counterOf(
    meter,
    'eviltwin.synthetic.attacks',
    'Attacks of the platform on its own sensors that are over: detected (they became an alert) or missed',
  )
  for (const outcome of ['detected', 'missed']) attacks.add(0, { outcome })
  const delay = meter.createHistogram('eviltwin.synthetic.detection_delay', {
    unit: 's',
    description: 'From an attack of the platform to its alert',
    advice: { explicitBucketBoundaries: DETECTION_SECONDS },
  })
  const minutes = counterOf(
    meter,
    'eviltwin.sensor_coverage.checks',
    'Minutes of expected sensors, by whether something proved that the sensor was there',
  )
  for (const proven of ['true', 'false']) minutes.add(0, { proven })
  const markers = counterOf(
    meter,
    'eviltwin.synthetic.markers_ignored',
    'Markers of attacks of the platform that proved nothing, by reason; their events are those of attackers',
  )
  for (const reason of SyntheticMarkerReason.options) markers.add(0, { reason })
  return {
    synthetic_attack_judged({ detected, seconds }) {
      attacks.add(1, { outcome: detected ? 'detected' : 'missed' })
      if (seconds !== null) delay.record(seconds)
    },
    sensors_covered({ proven, expected }) {
      if (proven > 0) minutes.add(proven, { proven: 'true' })
      if (expected > proven) minutes.add(expected - proven, { proven: 'false' })
    },
    synthetic_marker_noted: ({ reason }) => markers.add(1, { reason }),
  }
}
