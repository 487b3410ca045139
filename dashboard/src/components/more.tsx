/** What a list of pages says of its next one. */
interface PagedList {
  hasNextPage: boolean
  isFetchingNextPage: boolean
  fetchNextPage: () => Promise<unknown>
}

/** Loads the next page of a list; nothing where there is none. */
export function More({ of: list, name = 'More' }: { of: PagedList; name?: string }) {
  if (!list.hasNextPage) return null
  return (
    <button
      type="button"
      className="button mt-2"
      disabled={list.isFetchingNextPage}
      onClick={() => void list.fetchNextPage()}
    >
      {list.isFetchingNextPage ? 'Loading …' : name}
    </button>
  )
}
