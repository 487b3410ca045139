import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { answerOf, api, done } from '../../api/client'
import { DataTable } from '../../components/data-table'
import { HostileText } from '../../components/hostile-text'
import { Panel } from '../../components/panel'
import { Failed, Loaded } from '../../components/states'
import { When } from '../../components/when'

/** Where the user is logged in, and how to end it: one login, or all but this one. */
export function OwnSessions() {
  const queries = useQueryClient()
  const onSuccess = () => queries.invalidateQueries({ queryKey: ['own sessions'] })
  const sessions = useQuery({
    queryKey: ['own sessions'],
    queryFn: () => answerOf(api.GET('/auth/sessions')),
  })
  const end = useMutation({
    mutationFn: (id: string) => done(api.DELETE('/auth/sessions/{id}', { params: { path: { id } } })),
    onSuccess,
  })
  const endOthers = useMutation({ mutationFn: () => answerOf(api.DELETE('/auth/sessions')), onSuccess })
  const error = end.error ?? endOthers.error
  return (
    <Panel
      title="Your logins"
      aside={
        <button
          type="button"
          className="button"
          disabled={endOthers.isPending}
          onClick={() => endOthers.mutate()}
        >
          End all others
        </button>
      }
    >
      {error && <Failed error={error} />}
      <Loaded of={sessions}>
        {({ items }) => (
          <div className="overflow-x-auto">
            <DataTable
              rows={items}
              keyOf={(session) => session.id}
              columns={[
                { name: 'Started', cell: (session) => <When at={session.created_at} /> },
                { name: 'Last used', cell: (session) => <When at={session.last_used_at} /> },
                { name: 'Address', className: 'font-mono', cell: (session) => session.address ?? 'unknown' },
                { name: 'Client', cell: (session) => <HostileText text={session.user_agent ?? 'unknown'} /> },
                {
                  name: 'State',
                  cell: (session) =>
                    session.current ? (
                      'this one'
                    ) : (
                      <button type="button" className="button" onClick={() => end.mutate(session.id)}>
                        End<span className="sr-only"> the login from {session.address}</span>
                      </button>
                    ),
                },
              ]}
            />
          </div>
        )}
      </Loaded>
    </Panel>
  )
}
