import type { AuditEntry } from '@eviltwin/contract'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { answerOf, api } from '../../api/client'
import { usePages } from '../../api/pages'
import { DataTable } from '../../components/data-table'
import { Form, written } from '../../components/form'
import { HostileText } from '../../components/hostile-text'
import { More } from '../../components/more'
import { Panel } from '../../components/panel'
import { Scrollable } from '../../components/scrollable'
import { Empty, Failed, Loaded, Skeleton } from '../../components/states'
import { When } from '../../components/when'

/** What narrows the list; null for everything. */
interface Filter {
  action: string | null
  actor: string | null
  outcome: 'succeeded' | 'refused' | null
}

const EVERYTHING: Filter = { action: null, actor: null, outcome: null }

/** Who changed what, and whether anybody could have changed this list since. */
export function Audit() {
  const [filter, setFilter] = useState(EVERYTHING)
  return (
    <div className="grid gap-4">
      <Head />
      <Panel title="Audit log" aside={<Filters onChange={setFilter} />}>
        <Entries filter={filter} />
      </Panel>
    </div>
  )
}

function Head() {
  const head = useQuery({ queryKey: ['audit', 'head'], queryFn: () => answerOf(api.GET('/audit/head')) })
  return (
    <Panel title="Hash chain">
      <Loaded of={head} lines={2}>
        {({ seq, hash, unwritten, lost }) => (
          <div className="grid gap-1 text-sm">
            <p>
              Newest entry <strong>{seq}</strong> with the hash{' '}
              <code className="select-all break-all">{hash}</code>. Keep the pair elsewhere; later, this
              proves that nothing up to it was changed:
            </p>
            <code className="select-all break-all">
              npx eviltwin audit verify --anchor {seq}:{hash}
            </code>
            {unwritten > 0 && (
              <p className="notice">{unwritten} entries are not written yet: the database is unreachable.</p>
            )}
            {lost > 0 && (
              <p className="notice notice-bad">
                {lost} entries were lost since this server started: the database was unreachable for too long.
                The server's log names them.
              </p>
            )}
          </div>
        )}
      </Loaded>
    </Panel>
  )
}

function Filters({ onChange }: { onChange: (filter: Filter) => void }) {
  return (
    <Form
      className="flex flex-wrap items-end gap-2"
      onSend={(fields) =>
        onChange({
          action: written(fields, 'action'),
          actor: written(fields, 'actor'),
          outcome: written(fields, 'outcome') as Filter['outcome'],
        })
      }
    >
      <input
        className="input"
        name="action"
        aria-label="Action"
        placeholder="Action, such as user."
        maxLength={100}
      />
      <input className="input" name="actor" aria-label="Actor" placeholder="Actor" maxLength={200} />
      <select className="input" name="outcome" aria-label="Outcome">
        <option value="">All outcomes</option>
        <option value="succeeded">Succeeded</option>
        <option value="refused">Refused</option>
      </select>
      <button type="submit" className="button">
        Filter
      </button>
    </Form>
  )
}

function Entries({ filter }: { filter: Filter }) {
  const { action, actor, outcome } = filter
  const list = usePages(['audit', filter], (cursor) =>
    answerOf(
      api.GET('/audit', {
        params: {
          query: {
            limit: 50,
            ...cursor,
            ...(action !== null && { action }),
            ...(actor !== null && { actor }),
            ...(outcome !== null && { outcome }),
          },
        },
      }),
    ),
  )
  const rows = list.data?.pages.flatMap(({ items }) => items) ?? []
  return (
    <>
      {list.error && <Failed error={list.error} onRetry={list.refetch} />}
      {list.isPending && <Skeleton lines={6} />}
      {list.data && rows.length === 0 && (
        <Empty title="No entry matches">Every change, login and refusal adds an entry.</Empty>
      )}
      {rows.length > 0 && (
        <Scrollable label="Entries of the audit log">
          <DataTable rows={rows} keyOf={({ seq }) => String(seq)} columns={COLUMNS} />
        </Scrollable>
      )}
      <More of={list} />
    </>
  )
}

const COLUMNS = [
  { name: 'Entry', numeric: true, cell: ({ seq }: AuditEntry) => seq },
  { name: 'Time', cell: ({ at }: AuditEntry) => <When at={at} absolute /> },
  { name: 'Actor', cell: (entry: AuditEntry) => <Who entry={entry} /> },
  { name: 'Action', cell: ({ action }: AuditEntry) => <code>{action}</code> },
  {
    name: 'Outcome',
    cell: ({ outcome, count }: AuditEntry) => (count > 1 ? `${outcome}, ${count} times` : outcome),
  },
  { name: 'Target', cell: ({ detail }: AuditEntry) => <Target detail={detail} /> },
  { name: 'Change', cell: ({ detail }: AuditEntry) => <Change detail={detail} /> },
]

function Who({ entry: { detail, actor_kind } }: { entry: AuditEntry }) {
  if (detail === null) return <span className="text-muted">erased</span>
  const { actor, address } = detail
  return (
    <>
      {actor.name === null ? (
        <span className="text-muted">{actor_kind}</span>
      ) : (
        <HostileText text={actor.name} />
      )}
      {address !== null && <span className="text-muted"> from {address}</span>}
    </>
  )
}

function Target({ detail }: Pick<AuditEntry, 'detail'>) {
  const name = detail?.target.name ?? detail?.target.id
  return name ? <HostileText text={name} /> : null
}

/** Before and after, or why not. */
function Change({ detail }: Pick<AuditEntry, 'detail'>) {
  if (detail === null) return null
  if (detail.reason !== null) return <HostileText text={detail.reason.replaceAll('_', ' ')} />
  const { before = null, after = null } = detail
  if (before === null && after === null) return null
  return (
    <details>
      <summary>Details</summary>
      <dl className="grid gap-1">
        {Object.entries({ before, after }).map(([name, value]) => (
          <div key={name}>
            <dt className="text-muted">{name}</dt>
            <dd>
              <pre className="code max-w-prose overflow-auto">
                <HostileText text={JSON.stringify(value, null, 2)} />
              </pre>
            </dd>
          </div>
        ))}
      </dl>
    </details>
  )
}
