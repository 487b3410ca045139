import type { SyntheticStatus, SyntheticTarget } from '@eviltwin/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { answerOf, api, done } from '../../api/client'
import { useMay } from '../../app/context/me'
import { DataTable } from '../../components/data-table'
import { HostileText } from '../../components/hostile-text'
import { Panel } from '../../components/panel'
import { Empty, Failed } from '../../components/states'
import { Toggle } from '../../components/toggle'
import { When } from '../../components/when'

/** What is attacked, and by whom it was registered. */
export function Targets({ status: { targets, keys } }: { status: SyntheticStatus }) {
  const changes = useTargetChanges()
  return (
    <Panel title="Targets">
      {targets.length === 0 && <Empty title="No target yet" />}
      {targets.length > 0 && (
        <div className="overflow-x-auto">
          <TargetTable targets={targets} keys={keys} changes={changes} />
        </div>
      )}
      {targets.some(({ registered_by }) => registered_by === 'start') && (
        <p className="mt-2 text-sm text-muted">
          Decoys that a server starts are registered by its start, and removed when it does not start them any
          more. Switch one off to exclude it.
        </p>
      )}
      {changes.error && <Failed error={changes.error} />}
    </Panel>
  )
}

/** What administrators do to targets; the page is read again afterwards. */
function useTargetChanges() {
  const queries = useQueryClient()
  const onSuccess = () => queries.invalidateQueries({ queryKey: ['synthetic'] })
  const change = useMutation({
    mutationFn: ({ id, enabled }: { id: string; enabled: boolean }) =>
      answerOf(api.PATCH('/synthetic/targets/{id}', { params: { path: { id } }, body: { enabled } })),
    onSuccess,
  })
  const remove = useMutation({
    mutationFn: (id: string) => done(api.DELETE('/synthetic/targets/{id}', { params: { path: { id } } })),
    onSuccess,
  })
  const replaceKey = useMutation({
    mutationFn: (id: string) =>
      answerOf(api.POST('/synthetic/targets/{id}/key', { params: { path: { id } } })),
    onSuccess,
  })
  return { change, remove, replaceKey, error: change.error ?? remove.error ?? replaceKey.error }
}
type TargetChanges = ReturnType<typeof useTargetChanges>

interface TargetTableProps extends Pick<SyntheticStatus, 'targets' | 'keys'> {
  changes: TargetChanges
}

function TargetTable({ targets, keys, changes }: TargetTableProps) {
  return (
    <DataTable
      rows={targets}
      keyOf={(target) => target.id}
      columns={[
        { name: 'Name', cell: (target) => <HostileText text={target.name} /> },
        { name: 'Way', cell: (target) => target.kind },
        { name: 'Where', cell: ({ host, port }) => (host === null ? 'this server' : `${host}:${port}`) },
        { name: 'Sensor', cell: (target) => <HostileText text={target.sensor_id} /> },
        { name: 'Registered by', cell: (target) => registrar(target) },
        { name: 'Every', numeric: true, cell: (target) => `${target.interval_seconds} s` },
        { name: 'Next', cell: (target) => (target.enabled ? <When at={target.next_at} /> : '–') },
        {
          name: 'State',
          cell: (target) => (
            <span className="flex flex-wrap items-center gap-2">
              <TargetState target={target} changes={changes} />
              {hasRevokedKey(target, keys) && <span className="text-bad">key revoked</span>}
            </span>
          ),
        },
        {
          name: 'Action',
          head: <span className="sr-only">Action</span>,
          cell: (target) => (
            <TargetAction target={target} changes={changes} isKeyRevoked={hasRevokedKey(target, keys)} />
          ),
        },
      ]}
    />
  )
}

function TargetState({
  target: { id, enabled },
  changes,
}: {
  target: SyntheticTarget
  changes: TargetChanges
}) {
  const text = enabled ? 'on' : 'off'
  return useMay('admin') ? (
    <Toggle name={text} on={enabled} onChange={(on) => changes.change.mutate({ id, enabled: on })} />
  ) : (
    text
  )
}

/** The way to remove what an administrator registered, or to replace the revoked key of a way into the platform itself. */
function TargetAction({
  target: { id, own },
  changes: { remove, replaceKey },
  isKeyRevoked,
}: {
  target: SyntheticTarget
  changes: TargetChanges
  isKeyRevoked: boolean
}) {
  if (!useMay('admin')) return null
  if (!own)
    return (
      <button type="button" className="button" onClick={() => remove.mutate(id)}>
        Remove
      </button>
    )
  if (!isKeyRevoked) return null
  return (
    <button
      type="button"
      className="button"
      disabled={replaceKey.isPending}
      onClick={() => replaceKey.mutate(id)}
    >
      Replace key
    </button>
  )
}

function registrar({ registered_by, created_by }: SyntheticTarget) {
  if (registered_by === 'platform') return 'the platform'
  if (registered_by === 'start') return 'start'
  return <HostileText text={created_by ?? ''} />
}

/** Of a way into the platform itself, which has a key of its own. */
function hasRevokedKey({ kind }: SyntheticTarget, keys: SyntheticStatus['keys']): boolean {
  return (kind === 'log' || kind === 'hec') && keys[kind] === 'revoked'
}
