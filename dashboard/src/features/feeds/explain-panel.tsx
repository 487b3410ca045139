import type { FeedExplanation } from '@eviltwin/contract'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { answerOf, api } from '../../api/client'
import { Form, written } from '../../components/form'
import { HostileText } from '../../components/hostile-text'
import { Panel } from '../../components/panel'
import { Loaded } from '../../components/states'

/** Answers why a value is in the feeds, or why it is not. */
export function ExplainPanel() {
  const [value, setValue] = useState<string | null>(null)
  return (
    <Panel title="Why is it listed?">
      <Form onSend={(fields) => setValue(written(fields, 'value'))}>
        <label className="field">
          Address, domain name, URL or SHA-256
          <input name="value" className="input" required maxLength={500} />
        </label>
        <button type="submit" className="button">
          Explain
        </button>
      </Form>
      {value !== null && <Explained value={value} />}
    </Panel>
  )
}

function Explained({ value }: { value: string }) {
  const explanation = useQuery({
    queryKey: ['feeds', 'explain', value],
    queryFn: () => answerOf(api.GET('/feeds/explain', { params: { query: { value } } })),
    retry: false,
  })
  return (
    <div className="mt-3" aria-live="polite">
      <Loaded of={explanation}>{(found) => <Checks of={found} />}</Loaded>
    </div>
  )
}

function Checks({ of: { value, listed, checks } }: { of: FeedExplanation }) {
  return (
    <>
      <p className="font-medium">
        <HostileText text={value} /> is {listed ? 'listed' : 'not listed'}
      </p>
      <ul className="mt-1 grid gap-1 text-sm">
        {checks.map(({ check, passed, detail }) => (
          <li key={check} className="flex gap-2">
            <span className="chip">{passed ? 'passed' : 'failed'}</span>
            <span>
              {check.replaceAll('_', ' ')}: <HostileText text={detail} />
            </span>
          </li>
        ))}
      </ul>
    </>
  )
}
