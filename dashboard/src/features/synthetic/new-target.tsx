import type { NewSyntheticTarget } from '@eviltwin/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { answerOf, api } from '../../api/client'
import { Form } from '../../components/form'
import { Modal } from '../../components/modal'
import { Failed } from '../../components/states'

type Kind = NewSyntheticTarget['kind']

const KINDS: ReadonlyArray<readonly [Kind, string]> = [
  ['ssh', 'SSH'],
  ['telnet', 'Telnet'],
  ['http', 'HTTP'],
  ['redis', 'Redis'],
  ['mysql', 'MySQL'],
  ['ftp', 'FTP'],
  ['smtp', 'SMTP'],
]

/** Registers a sensor that the platform is to attack. */
export function NewTarget({ onClose }: { onClose: () => void }) {
  const queries = useQueryClient()
  const add = useMutation({
    mutationFn: (form: FormData) =>
      answerOf(
        api.POST('/synthetic/targets', {
          body: {
            kind: form.get('kind') as Kind,
            name: String(form.get('name')),
            host: String(form.get('host')),
            port: Number(form.get('port')),
            sensor_id: String(form.get('sensor_id')),
            source_ip: String(form.get('source_ip')),
            interval_seconds: Number(form.get('minutes')) * 60,
          },
        }),
      ),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['synthetic'] })
      onClose()
    },
  })
  return (
    <Modal title="Attack a sensor" onClose={onClose}>
      <Form className="grid max-w-prose gap-3" onSend={(fields) => add.mutate(fields)}>
        <p className="text-sm">
          The platform attacks it by its own protocol, with commands that a decoy records and nothing
          executes. Register decoys only: on a real service the commands are real.
        </p>
        <label className="field">
          Protocol
          <select name="kind" className="input" data-first>
            {KINDS.map(([kind, name]) => (
              <option key={kind} value={kind}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <Field name="name" label="Name" maxLength={100} placeholder="web decoy in the DMZ" />
        <Field name="host" label="Host" maxLength={253} placeholder="10.0.0.20" />
        <Field name="port" label="Port" type="number" min={1} max={65535} />
        <Field name="sensor_id" label="Sensor under which its events arrive" maxLength={256} />
        <Field name="source_ip" label="Address of this server as the sensor sees it" maxLength={45} />
        <Field
          name="minutes"
          label="Minutes between two attacks"
          type="number"
          min={1}
          max={1440}
          defaultValue="5"
        />
        <button type="submit" className="button button-primary" disabled={add.isPending}>
          Register
        </button>
        {add.error && <Failed error={add.error} />}
      </Form>
    </Modal>
  )
}

function Field({ label, ...input }: { label: string } & React.ComponentProps<'input'>) {
  return (
    <label className="field">
      {label}
      <input className="input" required {...input} />
    </label>
  )
}
