import { PageHead } from '../../components/panel'
import { useTitle } from '../../components/title'
import { Allowlist } from './allowlist'
import { ExplainPanel } from './explain-panel'
import { FeedPreviewTable } from './feed-preview-table'
import { NeverBlockLists } from './never-block-lists'

/** What the feeds of indicators list and withhold, why, and what people keep out of them. */
export function Feeds() {
  useTitle('Feeds')
  return (
    <>
      <PageHead title="Feeds" />
      <div className="grid gap-4">
        <div className="grid gap-4 xl:grid-cols-2">
          <ExplainPanel />
          <Allowlist />
        </div>
        <FeedPreviewTable />
        <NeverBlockLists />
      </div>
    </>
  )
}
