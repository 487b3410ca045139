import type { CanaryToken, NewCanaryToken } from '@eviltwin/contract'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { answerOf, api } from '../../api/client'
import { usePages } from '../../api/pages'
import { useTimeRange } from '../../app/context/time'

const KEY = 'canaries'

export function useCanaries({ enabled }: { enabled: boolean }) {
  const { refetchInterval } = useTimeRange()
  return useQuery({
    queryKey: [KEY, 'list'],
    queryFn: () => answerOf(api.GET('/canary/tokens')),
    refetchInterval,
    enabled,
  })
}

export function useCanary(id: string) {
  return useQuery({
    queryKey: [KEY, 'token', id],
    queryFn: () => answerOf(api.GET('/canary/tokens/{id}', { params: { path: { id } } })),
  })
}

export function useHits(id: string) {
  return usePages([KEY, 'hits', id], (cursor) =>
    answerOf(
      api.GET('/canary/tokens/{id}/hits', { params: { path: { id }, query: { limit: 20, ...cursor } } }),
    ),
  )
}

/** The zone of the tokens that are names. */
export function useZone() {
  return useQuery({
    queryKey: [KEY, 'dns'],
    queryFn: () => answerOf(api.GET('/canary/dns')),
  })
}

export function useNewCanary() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (body: NewCanaryToken) => answerOf(api.POST('/canary/tokens', { body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: [KEY, 'list'] }),
  })
}

/** What is done with a token; the lists follow. */
export function useCanaryChanges({ id }: Pick<CanaryToken, 'id'>) {
  const queries = useQueryClient()
  const path = { id }
  return {
    enable: useMutation({
      mutationFn: (enabled: boolean) =>
        answerOf(api.PATCH('/canary/tokens/{id}', { params: { path }, body: { enabled } })),
      onSuccess: () =>
        Promise.all(['token', 'list'].map((what) => queries.invalidateQueries({ queryKey: [KEY, what] }))),
    }),
    remove: useMutation({
      mutationFn: () => answerOf(api.DELETE('/canary/tokens/{id}', { params: { path } })),
      onSuccess: () => queries.invalidateQueries({ queryKey: [KEY, 'list'] }),
    }),
  }
}
