import type { Sensor } from '@eviltwin/contract'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useMay } from '../../app/context/me'
import { SparkLine } from '../../charts/spark-line'
import { HostileText } from '../../components/hostile-text'
import { Modal } from '../../components/modal'
import { Panel } from '../../components/panel'
import { Empty, Loaded } from '../../components/states'
import { When } from '../../components/when'
import { ExpectationForm } from './expectation-form'
import { SensorState } from './sensor-state'
import { clockText, eventsAnHour, limitText, spanText } from './sensor-words'
import { useSensor } from './use-sensors'

/** One sensor: whether it sends, how it is judged, its clock and its software; administrators say what is expected of it. */
export function SensorDialog({ sensor_id, onClose }: { sensor_id: string; onClose: () => void }) {
  const found = useSensor(sensor_id)
  return (
    <Modal title="Sensor" onClose={onClose}>
      <div className="grid gap-4 text-sm">
        <p className="font-medium wrap-anywhere">
          <HostileText text={sensor_id} />
        </p>
        <Loaded of={found}>
          {(sensor) =>
            sensor === null ? (
              <Empty title="Sensor not found">It has sent neither an event nor a heartbeat.</Empty>
            ) : (
              <SensorDetails sensor={sensor} />
            )
          }
        </Loaded>
      </div>
    </Modal>
  )
}

function SensorDetails({ sensor }: { sensor: Sensor }) {
  const isAdmin = useMay('admin')
  return (
    <>
      <Activity sensor={sensor} />
      <Software sensor={sensor} />
      <Panel title="Expectation">
        <Expectation sensor={sensor} />
        {isAdmin && <ExpectationForm sensor={sensor} />}
      </Panel>
      <Link
        to="/dashboard/sessions"
        search={{ sensor_id: sensor.sensor_id, from: sensor.first_seen_at }}
        className="link"
      >
        Sessions of this sensor
      </Link>
    </>
  )
}

function Facts({ facts }: { facts: ReadonlyArray<readonly [name: string, value: ReactNode]> }) {
  return (
    <dl className="grid grid-cols-[9.5rem_1fr] gap-x-4 gap-y-1">
      {facts.map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="text-muted">{name}</dt>
          <dd className="wrap-anywhere">{value}</dd>
        </div>
      ))}
    </dl>
  )
}

function Activity({ sensor }: { sensor: Sensor }) {
  const { event_count, last_received_at, first_seen_at, hourly_events, state_since, duplicate } = sensor
  return (
    <Facts
      facts={[
        ['State', <SensorState key="state" sensor={sensor} />],
        [
          'In this state since',
          state_since === null ? 'not judged yet' : <When key="since" at={state_since} />,
        ],
        ['Last event', <When key="event" at={event_count > 0 ? last_received_at : null} />],
        ['First seen', <When key="first" at={first_seen_at} absolute />],
        [
          'Volume',
          <span key="volume" className="inline-flex flex-wrap items-center gap-2">
            {event_count.toLocaleString('en')} events, {eventsAnHour(sensor)} an hour
            <SparkLine values={hourly_events} what="events in 24 hours" />
          </span>,
        ],
        ['Clock', clockText(sensor)],
        [
          'Senders',
          duplicate
            ? 'Two instances or two keys send by turns: two hosts may have this name.'
            : 'no duplicates found',
        ],
      ]}
    />
  )
}

function Software({ sensor: { heartbeat } }: { sensor: Sensor }) {
  if (heartbeat === null)
    return <p className="text-muted">No heartbeat: run eviltwin tail on its host to have one each minute.</p>
  const { received_at, software, version, spooled_bytes, interval_seconds } = heartbeat
  return (
    <Facts
      facts={[
        ['Heartbeat', <When key="beat" at={received_at} />],
        ['Usually', interval_seconds === null ? 'not known yet' : `every ${spanText(interval_seconds)}`],
        [
          'Software',
          <HostileText key="software" text={[software, version].filter(Boolean).join(' ') || 'not stated'} />,
        ],
        [
          'Waits at the sensor',
          spooled_bytes === null ? 'not stated' : `${spooled_bytes.toLocaleString('en')} bytes`,
        ],
      ]}
    />
  )
}

function Expectation({ sensor }: { sensor: Sensor }) {
  const { expected, expectation } = sensor
  return (
    <>
      <p>
        {expected
          ? 'Expected: its silence is the operational alert Sensor silent.'
          : 'Not expected: its silence is no alert.'}{' '}
        Limit: {limitText(sensor)}.
      </p>
      {expectation && (
        <p className="mt-1 text-muted">
          Set by {expectation.changed_by}, <When at={expectation.changed_at} />
          {expectation.until && (
            <>
              , until <When at={expectation.until} absolute />
            </>
          )}
        </p>
      )}
    </>
  )
}
