import type { Channel, ChannelSettings, ChannelType } from '@eviltwin/contract'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { answerOf, api, done } from '../../api/client'
import { Form } from '../../components/form'
import { Panel } from '../../components/panel'
import { Empty, Failed, Loaded } from '../../components/states'
import { When } from '../../components/when'

interface FieldOf {
  name: string
  label: string
  secret?: true
  optional?: true
}

/** The settings of each type. */
const FIELDS: Readonly<Record<ChannelType, readonly FieldOf[]>> = {
  webhook: [
    { name: 'url', label: 'URL' },
    { name: 'secret', label: 'Signing secret, 24 characters or more', secret: true },
  ],
  slack: [{ name: 'secret', label: 'Incoming-webhook URL', secret: true }],
  pagerduty: [{ name: 'secret', label: 'Routing key', secret: true }],
  email: [
    { name: 'host', label: 'SMTP server' },
    { name: 'from', label: 'From' },
    { name: 'to', label: 'To, separated by commas' },
    { name: 'username', label: 'Username', optional: true },
    { name: 'secret', label: 'Password', secret: true, optional: true },
  ],
  splunk_hec: [
    { name: 'url', label: 'URL' },
    { name: 'secret', label: 'HEC token', secret: true },
  ],
  alertmanager: [
    { name: 'url', label: 'URL' },
    { name: 'secret', label: 'Bearer token', secret: true, optional: true },
  ],
}
const TYPES = Object.keys(FIELDS) as ChannelType[]

export function Channels() {
  const queries = useQueryClient()
  const renew = () => queries.invalidateQueries({ queryKey: ['channels'] })
  const channels = useQuery({ queryKey: ['channels'], queryFn: () => answerOf(api.GET('/channels')) })
  return (
    <div className="grid gap-4 xl:grid-cols-[2fr_1fr]">
      <Panel title="Channels">
        <Loaded of={channels}>
          {({ items }) =>
            items.length === 0 ? (
              <Empty title="No channel yet">
                Alerts go to Slack, PagerDuty, mail, Splunk, Alertmanager or a webhook.
              </Empty>
            ) : (
              <ul className="grid gap-3">
                {items.map((channel) => (
                  <ChannelItem key={channel.id} channel={channel} onChange={renew} />
                ))}
              </ul>
            )
          }
        </Loaded>
      </Panel>
      <NewChannelForm onDone={renew} />
    </div>
  )
}

function ChannelItem({ channel, onChange }: { channel: Channel; onChange: () => void }) {
  const path = { id: channel.id }
  const test = useMutation({
    mutationFn: () => answerOf(api.POST('/channels/{id}/test', { params: { path } })),
  })
  const enable = useMutation({
    mutationFn: (enabled: boolean) =>
      answerOf(api.PATCH('/channels/{id}', { params: { path }, body: { enabled } })),
    onSuccess: onChange,
  })
  const remove = useMutation({
    mutationFn: () => done(api.DELETE('/channels/{id}', { params: { path } })),
    onSuccess: onChange,
  })
  const failure = test.error ?? enable.error ?? remove.error
  return (
    <li className="grid gap-1 text-sm">
      <div className="flex flex-wrap items-center gap-2">
        <span className="font-medium">{channel.name}</span>
        <span className="chip">{channel.settings.type}</span>
        {!channel.enabled && <span className="text-muted">disabled</span>}
        <span className="text-muted">
          {channel.pending} pending, {channel.dead} failed, last delivered{' '}
          <When at={channel.last_delivered_at} />
        </span>
        <span className="ml-auto flex gap-1">
          <button type="button" className="button" disabled={test.isPending} onClick={() => test.mutate()}>
            {test.isPending ? 'Testing …' : 'Test'}
            <span className="sr-only"> {channel.name}</span>
          </button>
          <button type="button" className="button" onClick={() => enable.mutate(!channel.enabled)}>
            {channel.enabled ? 'Disable' : 'Enable'}
          </button>
          <button type="button" className="button" onClick={() => remove.mutate()}>
            Remove
          </button>
        </span>
      </div>
      {channel.last_error && <p className="text-bad">{channel.last_error}</p>}
      {test.data && (
        <p role="status" className={test.data.delivered ? 'text-good' : 'text-bad'}>
          {test.data.delivered ? '✓' : '✕'} {test.data.detail} ({test.data.duration_ms} ms)
        </p>
      )}
      {failure && <Failed error={failure} />}
    </li>
  )
}

function NewChannelForm({ onDone }: { onDone: () => void }) {
  const [type, setType] = useState<ChannelType>('webhook')
  const add = useMutation({
    mutationFn: (form: FormData) =>
      answerOf(
        api.POST('/channels', {
          body: {
            name: String(form.get('name')),
            threat_alerts: form.get('threat_alerts') === 'on',
            operational_alerts: form.get('operational_alerts') === 'on',
            settings: settingsOf(type, form) as never,
          },
        }),
      ),
    onSuccess: onDone,
  })
  return (
    <Panel title="New channel">
      <Form onSend={(fields, clear) => add.mutate(fields, { onSuccess: clear })}>
        <label className="field">
          Type
          <select
            className="input"
            value={type}
            onChange={(event) => setType(event.target.value as ChannelType)}
          >
            {TYPES.map((each) => (
              <option key={each} value={each}>
                {each.replaceAll('_', ' ')}
              </option>
            ))}
          </select>
        </label>
        <label className="field">
          Name
          <input name="name" className="input" required maxLength={100} />
        </label>
        {FIELDS[type].map(({ name, label, secret, optional }) => (
          <label key={name} className="field">
            {label}
            <input
              name={name}
              className="input"
              required={!optional}
              type={secret ? 'password' : 'text'}
              autoComplete="off"
            />
          </label>
        ))}
        <label className="flex items-center gap-2 text-sm">
          <input type="checkbox" name="threat_alerts" defaultChecked /> Threat alerts
        </label>
        <label className="flex items-center gap-2 text-sm">
          <input type="checkbox" name="operational_alerts" defaultChecked /> Operational alerts
        </label>
        <button type="submit" className="button button-primary" disabled={add.isPending}>
          Add
        </button>
        {add.error && <Failed error={add.error} />}
      </Form>
    </Panel>
  )
}

function settingsOf(type: ChannelType, form: FormData): Partial<ChannelSettings> {
  const given = FIELDS[type].flatMap(({ name }) => {
    const text = String(form.get(name) ?? '').trim()
    if (text === '') return []
    return [[name, name === 'to' ? text.split(',').map((address) => address.trim()) : text] as const]
  })
  return { type, ...Object.fromEntries(given) } as Partial<ChannelSettings>
}
