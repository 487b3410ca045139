import type { Role, UserPatch } from '@eviltwin/contract'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { answerOf, api } from '../../api/client'
import { useMe } from '../../app/context/me'
import { DataTable } from '../../components/data-table'
import { Form } from '../../components/form'
import { Panel } from '../../components/panel'
import { PASSWORD_LENGTH } from '../../components/password-form'
import { Failed, Loaded } from '../../components/states'
import { When } from '../../components/when'

const ROLES: readonly Role[] = ['viewer', 'analyst', 'admin']

/** Who can log in, and with which role. */
export function Users() {
  return (
    <div className="grid gap-4 xl:grid-cols-[2fr_1fr]">
      <UserList />
      <NewUser />
    </div>
  )
}

/** Nobody can change their own role or disable themselves: they could lock themselves out. */
function UserList() {
  const me = useMe()
  const queries = useQueryClient()
  const users = useQuery({ queryKey: ['users'], queryFn: () => answerOf(api.GET('/users')) })
  const change = useMutation({
    mutationFn: ({ id, ...body }: UserPatch & { id: string }) =>
      answerOf(api.PATCH('/users/{id}', { params: { path: { id } }, body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['users'] }),
  })
  return (
    <Panel title="Users">
      {change.error && <Failed error={change.error} />}
      <Loaded of={users}>
        {({ items }) => (
          <DataTable
            rows={items}
            keyOf={(user) => user.id}
            columns={[
              { name: 'Username', cell: (user) => user.username },
              {
                name: 'Role',
                cell: (user) => (
                  <select
                    className="input"
                    aria-label={`Role of ${user.username}`}
                    value={user.role}
                    disabled={user.id === me.id}
                    onChange={(event) => change.mutate({ id: user.id, role: event.target.value as Role })}
                  >
                    <RoleOptions />
                  </select>
                ),
              },
              { name: 'Last login', cell: (user) => <When at={user.last_login_at} /> },
              {
                name: 'State',
                cell: (user) => (
                  <button
                    type="button"
                    className="button"
                    disabled={user.id === me.id}
                    onClick={() => change.mutate({ id: user.id, disabled: !user.disabled })}
                  >
                    {user.disabled ? 'Enable' : 'Disable'}
                    <span className="sr-only"> {user.username}</span>
                  </button>
                ),
              },
            ]}
          />
        )}
      </Loaded>
    </Panel>
  )
}

function NewUser() {
  const queries = useQueryClient()
  const add = useMutation({
    mutationFn: (form: FormData) =>
      answerOf(
        api.POST('/users', {
          body: {
            username: String(form.get('username')),
            password: String(form.get('password')),
            role: form.get('role') as Role,
          },
        }),
      ),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['users'] }),
  })
  return (
    <Panel title="New user">
      <Form onSend={(fields, clear) => add.mutate(fields, { onSuccess: clear })}>
        <label className="field">
          Username
          <input name="username" className="input" required maxLength={64} autoComplete="off" />
        </label>
        <label className="field">
          Password
          <input
            name="password"
            type="password"
            className="input"
            required
            {...PASSWORD_LENGTH}
            autoComplete="new-password"
          />
        </label>
        <label className="field">
          Role
          <select name="role" className="input" defaultValue="analyst">
            <RoleOptions />
          </select>
        </label>
        <button type="submit" className="button button-primary" disabled={add.isPending}>
          Add
        </button>
        {add.error && <Failed error={add.error} />}
      </Form>
    </Panel>
  )
}

function RoleOptions() {
  return ROLES.map((role) => <option key={role}>{role}</option>)
}
