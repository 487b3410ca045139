import type { CreatedEnrolment, Enrolment } from '@eviltwin/contract'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { answerOf, api } from '../../api/client'
import { useMay } from '../../app/context/me'
import { Form } from '../../components/form'
import { HostileText } from '../../components/hostile-text'
import { Panel } from '../../components/panel'
import { Failed } from '../../components/states'
import { When } from '../../components/when'
import { Copied, SetupInstructions } from './setup-instructions'

/** How often a new sensor is looked for. */
const POLL_MS = 2_000

/** How to add a sensor: a one-time token, its key, its configuration, and then what arrives. Keys are for administrators. */
export function AddSensor() {
  const isAdmin = useMay('admin')
  return (
    <Panel title="Add sensor" className="mt-4">
      {isAdmin ? <Enrolling /> : <SetupInstructions sensorKey={null} />}
    </Panel>
  )
}

function Enrolling() {
  const begin = useMutation({
    mutationFn: (sensor_id: string) => answerOf(api.POST('/sensors/enrolments', { body: { sensor_id } })),
  })
  const enrol = useMutation({
    mutationFn: (token: string) => answerOf(api.POST('/sensors/enrol', { body: { token } })),
  })
  return (
    <div className="grid grid-cols-1 gap-3">
      <Form
        className="flex flex-wrap items-end gap-3"
        onSend={(fields) => {
          enrol.reset()
          begin.mutate(String(fields.get('sensor_id')))
        }}
      >
        <label className="field">
          Sensor ID
          <input name="sensor_id" className="input" required maxLength={256} placeholder="cowrie-office" />
        </label>
        <button type="submit" className="button button-primary" disabled={begin.isPending}>
          Create token
        </button>
      </Form>
      {begin.error && <Failed error={begin.error} />}
      {begin.data && (
        <>
          <Progress enrolment={begin.data} />
          {!enrol.data && (
            <Token
              enrolment={begin.data}
              isPending={enrol.isPending}
              onUse={() => enrol.mutate(begin.data.token)}
            />
          )}
        </>
      )}
      {enrol.error && <Failed error={enrol.error} />}
      {enrol.data && <p className="notice">Copy the configuration now: the key is shown only once.</p>}
      <SetupInstructions sensorKey={enrol.data?.key ?? null} />
    </div>
  )
}

/**
 * Two ways of using a token: on the host of the sensor, or here. The command runs what is installed there: a package of this name that npx
 * would otherwise download is not ours.
 */
function Token({
  enrolment,
  isPending,
  onUse,
}: {
  enrolment: CreatedEnrolment
  isPending: boolean
  onUse: () => void
}) {
  const command = `EVILTWIN_TOKEN=${enrolment.token} npx --no -- eviltwin sensor enrol --url ${window.location.origin}`
  return (
    <div role="status" className="notice grid grid-cols-1 gap-2">
      <p>
        On the host of the sensor, where EvilTwin is installed, run this command: it exchanges the token for
        the key of the sensor and prints the configuration. The token works once, until{' '}
        <When at={enrolment.expires_at} absolute />.
      </p>
      <div>
        <Copied text={command} what="command" />
        <button type="button" className="button ml-2" disabled={isPending} onClick={onUse}>
          Fill the key in here
        </button>
      </div>
    </div>
  )
}

/** What is known of the new sensor, until its first event. */
function Progress({ enrolment: { id, sensor_id } }: { enrolment: CreatedEnrolment }) {
  const queries = useQueryClient()
  const { data } = useQuery({
    queryKey: ['enrolment', id],
    queryFn: async () => {
      const enrolment = await answerOf(api.GET('/sensors/enrolments/{id}', { params: { path: { id } } }))
      if (enrolment.received) await queries.invalidateQueries({ queryKey: ['sensors'] })
      return enrolment
    },
    refetchInterval: ({ state }) => (isOver(state.data) ? false : POLL_MS),
  })
  return (
    <div role="status" className="wrap-anywhere">
      <HostileText text={sensor_id} />: {data ? progressOf(data) : 'waiting for its enrolment'}
      {data?.rejected && !data.received && (
        <p className="text-warn">
          ⚠ received, not recognised: {data.rejected.reason}: <HostileText text={data.rejected.detail} />
        </p>
      )}
    </div>
  )
}

function isOver(enrolment: Enrolment | undefined): boolean {
  return enrolment !== undefined && (enrolment.received !== null || enrolment.state === 'expired')
}

function progressOf({ state, received }: Enrolment): string {
  if (received) return `✓ received: recognised as ${received.sensor_kind}`
  if (state === 'enrolled') return 'waiting for the first event'
  return state === 'pending' ? 'waiting for its enrolment' : 'the token has expired'
}
