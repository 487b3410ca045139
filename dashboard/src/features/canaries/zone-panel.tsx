import type { CanaryDnsCheck, CanaryZone } from '@eviltwin/contract'
import { useMutation } from '@tanstack/react-query'
import { answerOf, api } from '../../api/client'
import { DataTable } from '../../components/data-table'
import { Panel } from '../../components/panel'
import { Failed, Loaded } from '../../components/states'
import { useZone } from './use-canaries'

/** The zone of tokens that are names in the DNS: which records delegate it, and whether lookups reach this server. */
export function ZonePanel() {
  const zone = useZone()
  return (
    <Panel title="Names in the DNS">
      <Loaded of={zone} lines={2}>
        {(about) => (about.zone === null ? <NoZone /> : <Zone zone={about.zone} />)}
      </Loaded>
    </Panel>
  )
}

function NoZone() {
  return (
    <p className="text-sm text-muted">
      No zone is configured, so DNS names and WireGuard configurations cannot be created. Choose a domain of
      yours, such as <code>c.example.org</code>, and set <code>CANARY_DNS_ZONE</code>,{' '}
      <code>CANARY_DNS_HOST</code>, <code>CANARY_DNS_PORT</code> and <code>CANARY_DNS_ADDRESS</code>.
    </p>
  )
}

function Zone({ zone }: { zone: CanaryZone }) {
  const check = useMutation({ mutationFn: () => answerOf(api.POST('/canary/dns-check')) })
  return (
    <div className="grid gap-3 text-sm">
      <p>
        Create these records in the parent zone of <code>{zone.name}</code>. The server listens on{' '}
        <code>
          {zone.host}:{zone.port}
        </code>
        , over UDP and TCP
        {zone.port === 53 ? '.' : `; port 53 of its public address must be forwarded to port ${zone.port}.`}
      </p>
      <div className="overflow-x-auto">
        <DataTable
          rows={zone.records}
          keyOf={({ type }) => type}
          columns={[
            { name: 'Name', cell: ({ name }) => <code className="select-all">{name}</code> },
            { name: 'Type', cell: ({ type }) => type },
            {
              name: 'Value',
              cell: ({ value }) =>
                value === null ? (
                  'the public address of this server; set CANARY_DNS_ADDRESS to it'
                ) : (
                  <code className="select-all">{value}</code>
                ),
            },
          ]}
        />
      </div>
      <p>
        <button type="button" className="button" disabled={check.isPending} onClick={() => check.mutate()}>
          {check.isPending ? 'Checking …' : 'Check the delegation'}
        </button>
      </p>
      <div role="status">
        {check.data ? (
          <Steps check={check.data} />
        ) : (
          <p className="text-muted">
            The server looks names up that only it can answer. The check is no visit and raises no alert.
          </p>
        )}
      </div>
      {check.error && <Failed error={check.error} />}
    </div>
  )
}

const STEPS: Readonly<Record<CanaryDnsCheck['steps'][number]['name'], string>> = {
  delegation: 'NS record',
  address: 'A record of the server',
  udp: 'Lookup over UDP',
  tcp: 'Lookup over TCP',
}

function Steps({ check: { steps } }: { check: CanaryDnsCheck }) {
  const failed = steps.filter(({ outcome }) => outcome === 'failed').length
  return (
    <>
      <p>
        <strong>
          {failed === 0 ? 'Lookups reach this server.' : `${failed} of ${steps.length} steps failed.`}
        </strong>
      </p>
      <ul className="mt-1 grid gap-1">
        {steps.map(({ name, outcome, detail }) => (
          <li key={name} className="wrap-anywhere">
            <span aria-hidden="true">{outcome === 'ok' ? '✓' : '✗'}</span> {STEPS[name]}:{' '}
            {outcome === 'ok' ? 'ok' : 'failed'}. <span className="text-muted">{detail}</span>
          </li>
        ))}
      </ul>
    </>
  )
}
