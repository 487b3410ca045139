import type { CanaryKind, CanaryTokenDetail } from '@eviltwin/contract'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { answerOf, api, saveAs } from '../../api/client'
import { useMay } from '../../app/context/me'
import { useTimeRange } from '../../app/context/time'
import { Address } from '../../components/address'
import { DataTable } from '../../components/data-table'
import { Form } from '../../components/form'
import { HostileText } from '../../components/hostile-text'
import { Modal } from '../../components/modal'
import { PageHead, Panel } from '../../components/panel'
import { Empty, Failed, Loaded } from '../../components/states'
import { useTitle } from '../../components/title'
import { When } from '../../components/when'

const KINDS: ReadonlyArray<readonly [CanaryKind, string]> = [
  ['link', 'A link that nobody has a reason to open'],
  ['web_bug', 'An invisible picture for pages and mails'],
  ['document', 'A document that tells when it is opened'],
  ['aws_keys', 'A credentials file with keys of nobody'],
  ['login_form', 'A login form that belongs to no system'],
  ['canarytokens', 'A webhook for tokens of canarytokens.org'],
  ['opencanary', 'A webhook for OpenCanary'],
]

export function Canaries() {
  useTitle('Canary tokens')
  const isAnalyst = useMay('analyst')
  const { refetchInterval } = useTimeRange()
  const [opened, setOpened] = useState<string | null>(null)
  const [creating, setCreating] = useState(false)
  const tokens = useQuery({
    queryKey: ['canaries'],
    queryFn: () => answerOf(api.GET('/canary/tokens')),
    refetchInterval,
    enabled: isAnalyst,
  })
  return (
    <>
      <PageHead title="Canary tokens">
        {isAnalyst && (
          <button type="button" className="button button-primary" onClick={() => setCreating(true)}>
            New canary
          </button>
        )}
      </PageHead>
      {!isAnalyst && (
        <Empty title="For analysts">Where canaries lie is shown to those who handle their alerts.</Empty>
      )}
      {isAnalyst && (
        <Loaded of={tokens}>
          {({ items }) =>
            items.length === 0 ? (
              <Empty title="No canary yet">
                Lay one where nobody has a reason to be: its touch is always a critical alert.
              </Empty>
            ) : (
              <div className="panel overflow-x-auto">
                <DataTable
                  rows={items}
                  keyOf={(token) => token.id}
                  columns={[
                    {
                      name: 'Name',
                      cell: (token) => (
                        <button type="button" className="link" data-row onClick={() => setOpened(token.id)}>
                          {token.name}
                        </button>
                      ),
                    },
                    { name: 'Kind', cell: (token) => token.kind.replaceAll('_', ' ') },
                    { name: 'Touched', numeric: true, cell: (token) => token.hit_count.toLocaleString('en') },
                    { name: 'Last', cell: (token) => <When at={token.last_hit_at} /> },
                    { name: 'State', cell: (token) => (token.enabled ? 'armed' : 'off') },
                    {
                      name: 'Made',
                      cell: (token) => (
                        <>
                          {token.created_by}, <When at={token.created_at} />
                        </>
                      ),
                    },
                  ]}
                />
              </div>
            )
          }
        </Loaded>
      )}
      {creating && (
        <NewCanary
          onClose={() => setCreating(false)}
          onCreated={(id) => {
            setCreating(false)
            setOpened(id)
          }}
        />
      )}
      {opened && <CanaryDialog id={opened} onClose={() => setOpened(null)} />}
    </>
  )
}

function NewCanary({ onClose, onCreated }: { onClose: () => void; onCreated: (id: string) => void }) {
  const queries = useQueryClient()
  const create = useMutation({
    mutationFn: (form: FormData) =>
      answerOf(
        api.POST('/canary/tokens', {
          body: { kind: form.get('kind') as CanaryKind, name: String(form.get('name')) },
        }),
      ),
    onSuccess: async ({ id }) => {
      await queries.invalidateQueries({ queryKey: ['canaries'] })
      onCreated(id)
    },
  })
  return (
    <Modal title="New canary" onClose={onClose}>
      <Form onSend={(fields) => create.mutate(fields)}>
        <label className="field">
          Kind
          <select name="kind" className="input" data-first>
            {KINDS.map(([kind, what]) => (
              <option key={kind} value={kind}>
                {what}
              </option>
            ))}
          </select>
        </label>
        <label className="field">
          Where it lies
          <input
            name="name"
            className="input"
            required
            maxLength={100}
            placeholder="finance share, passwords.docx"
          />
        </label>
        <button type="submit" className="button button-primary" disabled={create.isPending}>
          Make it
        </button>
        {create.error && <Failed error={create.error} />}
      </Form>
    </Modal>
  )
}

function CanaryDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const queries = useQueryClient()
  const isAnalyst = useMay('analyst')
  const path = { id }
  const token = useQuery({
    queryKey: ['canary', id],
    queryFn: () => answerOf(api.GET('/canary/tokens/{id}', { params: { path } })),
  })
  const hits = useQuery({
    queryKey: ['canary hits', id],
    queryFn: () => answerOf(api.GET('/canary/tokens/{id}/hits', { params: { path, query: { limit: 50 } } })),
  })
  const arm = useMutation({
    mutationFn: (enabled: boolean) =>
      answerOf(api.PATCH('/canary/tokens/{id}', { params: { path }, body: { enabled } })),
    onSuccess: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: ['canary', id] }),
        queries.invalidateQueries({ queryKey: ['canaries'] }),
      ]),
  })
  return (
    <Modal title="Canary" onClose={onClose}>
      <Loaded of={token}>
        {(canary: CanaryTokenDetail) => (
          <div className="grid max-w-2xl gap-3 text-sm">
            <p className="font-medium">{canary.name}</p>
            <p>{canary.instructions}</p>
            <pre className="code select-all">{canary.url}</pre>
            <div className="flex flex-wrap gap-2">
              <button
                type="button"
                className="button"
                onClick={() => void navigator.clipboard.writeText(canary.url)}
              >
                Copy
              </button>
              {canary.artifact && (
                <button
                  type="button"
                  className="button"
                  onClick={() => {
                    const { content, filename, media_type } = canary.artifact as NonNullable<
                      CanaryTokenDetail['artifact']
                    >
                    saveAs(new Blob([content], { type: media_type }), filename)
                  }}
                >
                  Download {canary.artifact.filename}
                </button>
              )}
              {isAnalyst && (
                <button type="button" className="button" onClick={() => arm.mutate(!canary.enabled)}>
                  {canary.enabled ? 'Switch off' : 'Arm'}
                </button>
              )}
            </div>
          </div>
        )}
      </Loaded>
      <Panel title="Touches" className="mt-4">
        <Loaded of={hits}>
          {({ items }) =>
            items.length === 0 ? (
              <Empty title="Nobody touched it" />
            ) : (
              <ul className="grid gap-1 text-sm">
                {items.map(({ event_id, occurred_at, source_ip, client }) => (
                  <li key={event_id}>
                    <When at={occurred_at} absolute /> <Address ip={source_ip} />{' '}
                    {client && <HostileText text={client} className="font-mono text-xs" />}
                  </li>
                ))}
              </ul>
            )
          }
        </Loaded>
      </Panel>
    </Modal>
  )
}
