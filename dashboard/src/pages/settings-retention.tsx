import { useQuery } from '@tanstack/react-query'
import { answerOf, api } from '../api/client'
import { mebibytes } from '../parts/bytes'
import { Panel } from '../parts/panel'
import { Loaded } from '../parts/states'

/** How long data is kept. It is set where the server is started, so that no login can delete evidence. */
export function RetentionReadout() {
  const retention = useQuery({ queryKey: ['retention'], queryFn: () => answerOf(api.GET('/retention')) })
  return (
    <Panel title="Retention" className="max-w-xl">
      <Loaded of={retention}>
        {(limits) => (
          <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 text-sm">
            <dt className="text-muted">Events, sessions, alerts</dt>
            <dd>{limits.retention_days} days (RETENTION_DAYS)</dd>
            <dt className="text-muted">Quarantine</dt>
            <dd>up to {mebibytes(limits.quarantine_max_bytes)} (QUARANTINE_MAX_BYTES)</dd>
            <dt className="text-muted">Ingest stops below</dt>
            <dd>{mebibytes(limits.min_free_disk_bytes)} of free disk (MIN_FREE_DISK_BYTES)</dd>
            <dt className="text-muted">Database</dt>
            <dd>{limits.embedded_database ? 'embedded PostgreSQL' : 'the PostgreSQL of DATABASE_URL'}</dd>
          </dl>
        )}
      </Loaded>
      <p className="mt-3 text-sm text-muted">
        Changed in the environment of the server, so that no login can delete evidence; see
        docs/configuration.md.
      </p>
    </Panel>
  )
}
