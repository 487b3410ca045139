import type { FeedAllowance } from '@eviltwin/contract'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { answerOf, api, done } from '../../api/client'
import { useMay } from '../../app/context/me'
import { Form } from '../../components/form'
import { HostileText } from '../../components/hostile-text'
import { Panel } from '../../components/panel'
import { Empty, Failed, Loaded } from '../../components/states'
import { When } from '../../components/when'

const DAY_MS = 86_400_000

/** What no feed names; analysts add and remove them. */
export function Allowlist() {
  const isAnalyst = useMay('analyst')
  const allowlist = useQuery({
    queryKey: ['feeds', 'allowlist'],
    queryFn: () => answerOf(api.GET('/feeds/allowlist')),
  })
  const { allow, remove } = useAllowlistActions()
  return (
    <Panel title="Allowlist">
      <Loaded of={allowlist}>
        {({ items }) => (
          <>
            {items.length === 0 && <Empty title="The allowlist is empty" />}
            <ul className="grid gap-2 text-sm">
              {items.map((each) => (
                <Allowance key={each.id} allowance={each}>
                  {isAnalyst && (
                    <button type="button" className="button" onClick={() => remove.mutate(each.id)}>
                      Remove
                    </button>
                  )}
                </Allowance>
              ))}
            </ul>
          </>
        )}
      </Loaded>
      {isAnalyst && (
        <AllowForm onSend={(fields, clear) => allow.mutate(fields, { onSuccess: clear })}>
          {allow.error && <Failed error={allow.error} />}
          {remove.error && <Failed error={remove.error} />}
        </AllowForm>
      )}
    </Panel>
  )
}

function Allowance({ allowance, children }: { allowance: FeedAllowance; children: React.ReactNode }) {
  return (
    <li className="flex flex-wrap items-center gap-2">
      <span className="font-mono">{allowance.value}</span>
      by {allowance.created_by}: <HostileText text={allowance.reason} />
      {allowance.expires_at !== null && (
        <>
          , until <When at={allowance.expires_at} absolute />
        </>
      )}
      {children}
    </li>
  )
}

/** Adds and removes; after either, everything about the feeds is read again. */
function useAllowlistActions() {
  const queries = useQueryClient()
  const onSuccess = () => queries.invalidateQueries({ queryKey: ['feeds'] })
  const allow = useMutation({
    mutationFn: (form: FormData) => {
      const days = Number(form.get('days'))
      return answerOf(
        api.POST('/feeds/allowlist', {
          body: {
            value: String(form.get('value')),
            reason: String(form.get('reason')),
            expires_at: days === 0 ? null : new Date(Date.now() + days * DAY_MS).toISOString(),
          },
        }),
      )
    },
    onSuccess,
  })
  const remove = useMutation({
    mutationFn: (id: string) => done(api.DELETE('/feeds/allowlist/{id}', { params: { path: { id } } })),
    onSuccess,
  })
  return { allow, remove }
}

function AllowForm({
  onSend,
  children,
}: {
  onSend: (fields: FormData, clear: () => void) => void
  /** Errors, shown after the button. */
  children: React.ReactNode
}) {
  return (
    <Form className="mt-3 grid gap-2 sm:grid-cols-2" onSend={onSend}>
      <label className="field">
        Address, network, domain name, URL or SHA-256
        <input name="value" className="input" required maxLength={500} />
      </label>
      <label className="field">
        Reason
        <input name="reason" className="input" required minLength={3} maxLength={500} />
      </label>
      <label className="field">
        For
        <select name="days" className="input">
          <option value="7">1 week</option>
          <option value="90">90 days</option>
          <option value="0">until it is removed</option>
        </select>
      </label>
      <button type="submit" className="button">
        Keep out of the feeds
      </button>
      {children}
    </Form>
  )
}
