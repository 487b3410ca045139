import type { EvidenceFile } from '@eviltwin/contract'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { answerOf, api, download } from '../../api/client'
import { usePages } from '../../api/pages'
import type { EvidenceSearch } from '../../app/context/filters'

/** Which files are shown. */
export type EvidenceFilter = Omit<EvidenceSearch, 'file'>

const KEY = 'evidence'

export function useEvidencePages({ held, ...filter }: EvidenceFilter) {
  return usePages([KEY, 'files', filter, held], (cursor) =>
    answerOf(
      api.GET('/evidence/files', {
        params: { query: { limit: 50, ...filter, ...(held && { held: 'true' as const }), ...cursor } },
      }),
    ),
  )
}

export function useEvidenceFile(sha256: string) {
  return useQuery({
    queryKey: [KEY, 'file', sha256],
    queryFn: () => answerOf(api.GET('/evidence/files/{sha256}', { params: { path: { sha256 } } })),
  })
}

export function useSightings(sha256: string) {
  return usePages([KEY, 'sightings', sha256], (cursor) =>
    answerOf(
      api.GET('/evidence/files/{sha256}/sightings', {
        params: { path: { sha256 }, query: { limit: 20, ...cursor } },
      }),
    ),
  )
}

/** What is done with a file; the lists follow. */
export function useEvidenceChanges({ sha256 }: Pick<EvidenceFile, 'sha256'>) {
  const queries = useQueryClient()
  const path = { sha256 }
  const onSuccess = () => queries.invalidateQueries({ queryKey: [KEY] })
  return {
    download: useMutation({ mutationFn: () => download(`/evidence/files/${sha256}/zip`, `${sha256}.zip`) }),
    hold: useMutation({
      mutationFn: (reason: string) =>
        answerOf(api.PUT('/evidence/files/{sha256}/hold', { params: { path }, body: { reason } })),
      onSuccess,
    }),
    endHold: useMutation({
      mutationFn: () => answerOf(api.DELETE('/evidence/files/{sha256}/hold', { params: { path } })),
      onSuccess,
    }),
    remove: useMutation({
      mutationFn: () => answerOf(api.DELETE('/evidence/files/{sha256}', { params: { path } })),
      onSuccess: () => queries.invalidateQueries({ queryKey: [KEY, 'files'] }),
    }),
  }
}
