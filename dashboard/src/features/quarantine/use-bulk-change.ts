import type { QuarantineFilter } from '@eviltwin/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { answerOf, api, done } from '../../api/client'

/** What is done with all records that match. */
export interface BulkChange {
  action: 'replay' | 'delete'
  filter: QuarantineFilter
  /** What is received later is left alone. */
  until: string
}

/** Replays or deletes all that matches, page after page, and says in words what became of them; `progress` counts the records done so far. */
export function useBulkChange() {
  const renew = useRenewQuarantine()
  const [progress, setProgress] = useState(0)
  const change = useMutation({
    mutationFn: ({ action, filter, until }: BulkChange) => {
      setProgress(0)
      const matching = { ...filter, to: earlier(filter.to, until) }
      return action === 'delete' ? deleteAll(matching, setProgress) : replayAll(matching, setProgress)
    },
    // Also what a change that failed halfway did.
    onSettled: renew,
  })
  return { change, progress }
}

/** Replays or deletes one record. */
export function useSingleChange() {
  return useMutation({
    mutationFn: async ({ action, id }: { action: 'replay' | 'delete'; id: string }) => {
      if (action === 'delete') {
        await done(api.DELETE('/quarantine/{id}', { params: { path: { id } } }))
        return '1 deleted.'
      }
      const result = await answerOf(api.POST('/quarantine/replay', { body: { ids: [id] } }))
      return replayedText(result.replayed, result.still_quarantined)
    },
    onSettled: useRenewQuarantine(),
  })
}

function useRenewQuarantine(): () => Promise<unknown> {
  const queries = useQueryClient()
  return () =>
    Promise.all([
      queries.invalidateQueries({ queryKey: ['quarantine'] }),
      queries.invalidateQueries({ queryKey: ['quarantine usage'] }),
    ])
}

async function deleteAll(filter: QuarantineFilter, onProgress: (records: number) => void): Promise<string> {
  let deleted = 0
  for (;;) {
    const page = await answerOf(api.DELETE('/quarantine', { params: { query: { ...filter, all: 'true' } } }))
    deleted += page.deleted
    onProgress(deleted)
    if (!page.more) return `${deleted.toLocaleString('en')} deleted.`
  }
}

async function replayAll(filter: QuarantineFilter, onProgress: (records: number) => void): Promise<string> {
  let replayed = 0
  let still = 0
  let cursor: string | null = null
  do {
    const page: { replayed: number; still_quarantined: number; next_cursor: string | null } = await answerOf(
      api.POST('/quarantine/replay', { body: { ...filter, ...(cursor !== null && { cursor }) } }),
    )
    replayed += page.replayed
    still += page.still_quarantined
    cursor = page.next_cursor
    onProgress(replayed + still)
  } while (cursor !== null)
  return replayedText(replayed, still)
}

function replayedText(replayed: number, still: number): string {
  return `${replayed.toLocaleString('en')} became events, ${still.toLocaleString('en')} stay.`
}

function earlier(to: string | undefined, until: string): string {
  return to !== undefined && Date.parse(to) < Date.parse(until) ? to : until
}
