import { useInfiniteQuery } from '@tanstack/react-query'

/**
 * A list of the API, page after page, as far as somebody reads.
 * @param ask asks for one page; what it is given belongs into the query.
 */
export function usePages<Page extends { next_cursor: string | null }>(
  queryKey: readonly unknown[],
  ask: (cursor: { cursor?: string }) => Promise<Page>,
) {
  return useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam }) => ask(pageParam === null ? {} : { cursor: pageParam }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next_cursor }) => next_cursor,
  })
}
