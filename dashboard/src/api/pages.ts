import { useInfiniteQuery } from '@tanstack/react-query'

/**
 * A list of the API, page after page, as far as somebody reads.
 * @param ask asks for one page; what it is given belongs into the query. @param refetchInterval as TanStack Query has it.
 */
export function usePages<Page extends { next_cursor: string | null }>(
  queryKey: readonly unknown[],
  ask: (cursor: { cursor?: string }) => Promise<Page>,
  refetchInterval: number | false = false,
) {
  return useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam }) => ask(pageParam === null ? {} : { cursor: pageParam }),
    initialPageParam: null as string | null,
    refetchInterval,
    getNextPageParam: ({ next_cursor }) => next_cursor,
  })
}
