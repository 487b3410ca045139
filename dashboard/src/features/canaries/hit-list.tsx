import type { CanaryHit, CanaryTokenDetail } from '@eviltwin/contract'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { Address, UNKNOWN_SOURCE } from '../../components/address'
import { HostileText } from '../../components/hostile-text'
import { More } from '../../components/more'
import { Panel } from '../../components/panel'
import { Empty, Failed, Skeleton } from '../../components/states'
import { When } from '../../components/when'
import { clientName } from './client-name'
import { useHits } from './use-canaries'

/** Who triggered a token, newest first, each with everything that its visit said. */
export function HitList({ canary }: { canary: CanaryTokenDetail }) {
  const list = useHits(canary.id)
  const hits = list.data?.pages.flatMap(({ items }) => items) ?? []
  return (
    <Panel title="Hits">
      <BeyondLimit visits={canary.visits_beyond_limit} />
      {list.error && <Failed error={list.error} onRetry={list.refetch} />}
      {list.isPending && <Skeleton lines={2} />}
      {list.data && hits.length === 0 && (
        <Empty title="No hits yet">Each hit is listed here, and raises a critical alert.</Empty>
      )}
      <ul className="grid gap-2">
        {hits.map((hit) => (
          <li key={hit.event_id}>
            <Hit hit={hit} isMessageNew={canary.kind === 'mcp_server'} />
          </li>
        ))}
      </ul>
      <More of={list} />
    </Panel>
  )
}

/** How many visits were counted and not stored. */
function BeyondLimit({ visits }: { visits: number }) {
  if (visits === 0) return null
  return (
    <p className="mb-2 text-muted">
      {visits.toLocaleString('en')} visit{visits === 1 ? ' was' : 's were'} beyond the limit: counted, not
      stored.
    </p>
  )
}

/** @param isMessageNew whether the message has more than the facts of the visit, as a call of a tool has. */
function Hit({ hit, isMessageNew }: { hit: CanaryHit; isMessageNew: boolean }) {
  const { occurred_at, source_ip, protocol, client } = hit
  const isLookup = protocol === 'dns'
  const by = isLookup ? 'DNS lookup' : client && (clientName(client) ?? 'another client')
  return (
    <details>
      <summary className="cursor-pointer">
        <When at={occurred_at} absolute />{' '}
        <span className="font-mono">{source_ip === UNKNOWN_SOURCE ? 'unknown' : source_ip}</span> {by}
      </summary>
      <dl className="mt-1 ml-4 grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1 wrap-anywhere">
        <Fact name={isLookup ? 'Resolver' : 'Address'}>
          <Address ip={source_ip} />
          {hit.source_port !== null && ` port ${hit.source_port}`}
          {isLookup && ' (whoever asked is behind it)'}
        </Fact>
        <VisitFacts hit={hit} />
        <TextFact name="User agent" text={client} />
        <TextFact name="Username" text={hit.username} />
        <TextFact name="Password" text={hit.password} />
        {(hit.visit === null || isMessageNew) && <TextFact name="Message" text={hit.message} />}
        <Fact name="Record">
          <Link to="/dashboard/sessions/$id" params={{ id: hit.session_id }} className="link">
            session
          </Link>
        </Fact>
      </dl>
    </details>
  )
}

/** What was asked for. */
function VisitFacts({ hit: { visit, protocol } }: { hit: CanaryHit }) {
  if (visit === null) return null
  const { method, target } = visit
  return (
    <>
      {protocol === 'dns' ? (
        <>
          <TextFact name="Name asked" text={target} />
          <TextFact name="Record type" text={method} />
          <TextFact name="Client subnet" text={visit.client_subnet} />
        </>
      ) : (
        <TextFact name="Request" text={`${method} ${target}`} />
      )}
      <TextFact name="Referrer" text={visit.referer} />
      <TextFact name="Languages" text={visit.accept_language} />
    </>
  )
}

/** What a visitor wrote; nothing where it wrote nothing. */
function TextFact({ name, text }: { name: string; text: string | null }) {
  if (text === null || text === '') return null
  return (
    <Fact name={name}>
      <HostileText text={text} className="font-mono text-xs" />
    </Fact>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-muted">{name}</dt>
      <dd>{children}</dd>
    </>
  )
}
