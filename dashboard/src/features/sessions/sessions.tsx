import { useSearch } from '@tanstack/react-router'
import { useMemo } from 'react'
import { useChangeSearch } from '../../app/context/change-search'
import { readSessionSearch, type SessionSearch } from '../../app/context/filters'
import { useTimeRange } from '../../app/context/time'
import { ExportButtons } from '../../components/export-buttons'
import { PageHead } from '../../components/panel'
import { Empty, Failed, Skeleton } from '../../components/states'
import { useTitle } from '../../components/title'
import { When } from '../../components/when'
import { SESSION_EXPORT_COLUMNS } from './session-export'
import { Facets, FilterBar } from './session-filters'
import { SessionRows } from './session-rows'
import { SESSION_PAGE, useSessionFilter, useSessionList } from './use-session-list'

/** Every session that matches the filters; more are loaded before the end of the list is reached. */
export function Sessions() {
  useTitle('Sessions')
  // Only the parameters of this page; those that every page has in its URL are left out.
  const search = readSessionSearch(useSearch({ from: '/dashboard/sessions' }))
  const change = useChangeSearch()
  const filter = useSessionFilter(search)
  const list = useSessionList(filter)
  const rows = useMemo(() => list.data?.pages.flatMap(({ items }) => items) ?? [], [list.data])
  const more = () => {
    if (list.hasNextPage && !list.isFetchingNextPage) void list.fetchNextPage()
  }
  // A search that stopped before its page was full goes on when somebody asks for it: it may find nothing for long.
  const last = list.data?.pages.at(-1)
  const stopped = last && last.items.length < SESSION_PAGE ? last.searched_back_to : null
  const reach = (list.hasNextPage && stopped) || null
  return (
    <>
      <PageHead title="Sessions">
        <ExportButtons name="sessions" rows={rows} columns={SESSION_EXPORT_COLUMNS} />
      </PageHead>
      <FilterBar search={search} onChange={change} />
      {hasOwnTime(search) && (
        <OwnTime
          search={search}
          onClear={() => change({ from: undefined, started_from: undefined, to: undefined })}
        />
      )}
      <div className="mt-3 grid gap-4 lg:grid-cols-[13rem_1fr]">
        <Facets search={search} filter={filter} onChange={change} />
        <div className="min-w-0">
          {list.error && <Failed error={list.error} onRetry={list.refetch} />}
          {list.isPending && <Skeleton lines={10} />}
          {list.data && rows.length === 0 && reach === null && <NoSession search={search} />}
          {rows.length > 0 && (
            <SessionRows
              rows={rows}
              onEnd={() => {
                if (reach === null) more()
              }}
            />
          )}
          <p role="status" className="mt-1 text-sm text-muted">
            {rows.length.toLocaleString('en')} loaded{totalOf(list.data?.pages[0], rows.length)}
            {list.hasNextPage && reach === null ? ', more below' : ''}
          </p>
          {reach !== null && <SearchEnd reach={reach} onMore={more} />}
        </div>
      </div>
    </>
  )
}

/** How many sessions match, as far as they were counted; nothing where that is no more than is loaded. */
function totalOf(page: { total?: number; total_is_exact?: boolean } | undefined, loaded: number): string {
  if (page?.total === undefined || (!page.total_is_exact && page.total <= loaded)) return ''
  return ` of ${page.total_is_exact ? '' : 'at least '}${page.total.toLocaleString('en')}`
}

/** How far a search for a text that occurs often has looked, and the way on. */
function SearchEnd({ reach, onMore }: { reach: string; onMore: () => void }) {
  return (
    <p className="mt-1 text-sm text-muted">
      Searched sessions back to <When at={reach} absolute />.{' '}
      <button type="button" className="link" onClick={onMore}>
        Search further back
      </button>
    </p>
  )
}

/** Whether the URL names a time, which then replaces the time range of all pages. */
function hasOwnTime({ from, started_from, to }: SessionSearch): boolean {
  return (from ?? started_from ?? to) !== undefined
}

/** The time that the URL names, and the way back to the time range of all pages. */
function OwnTime({
  search: { from, started_from, to },
  onClear,
}: {
  search: SessionSearch
  onClear: () => void
}) {
  const { range } = useTimeRange()
  return (
    <p className="mt-2 text-sm text-muted">
      Sessions
      {from && (
        <>
          {' '}
          with an event since <When at={from} absolute />
        </>
      )}
      {started_from && (
        <>
          {' '}
          that started at or after <When at={started_from} absolute />
        </>
      )}
      {to && (
        <>
          {' '}
          that started before <When at={to} absolute />
        </>
      )}{' '}
      <button type="button" className="link" onClick={onClear}>
        the last {range}
      </button>
    </p>
  )
}

function NoSession({ search }: { search: SessionSearch }) {
  const { range } = useTimeRange()
  const ownTime = hasOwnTime(search)
  return (
    <Empty title={ownTime ? 'No session matches in this time' : `No session matches in the last ${range}`}>
      {ownTime ? 'Select another time range' : 'Select a longer time range above'}, or remove some filters.
    </Empty>
  )
}
