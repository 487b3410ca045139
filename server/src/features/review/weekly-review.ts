import type { OperationsStore } from '../operations/index.js'
import { reviewMarkdown } from './markdown.js'
import type { Reviewer } from './review.js'

export interface WeeklyReviewOptions {
  review: Reviewer
  store: Pick<OperationsStore, 'sendReview'>
  now: () => number
}

const HOUR_MS = 3_600_000
const WEEK_MS = 7 * 24 * HOUR_MS
const DUE_AFTER_MS = 6 * HOUR_MS
const DAYS = 7
/** 1970-01-05, the first Monday of the epoch. */
const FIRST_MONDAY_MS = 4 * 24 * HOUR_MS

/**
 * Gives the review of the week that ended to the channels, on Monday from six o'clock (UTC): once a week however often it
 * is called, and whichever replica calls.
 */
export function createWeeklyReview({ review, store, now }: WeeklyReviewOptions): () => Promise<void> {
  let sentWeek = Number.NEGATIVE_INFINITY
  return async () => {
    const at = now()
    const monday = at - ((at - FIRST_MONDAY_MS) % WEEK_MS)
    if (monday === sentWeek || at < monday + DUE_AFTER_MS) return
    const answers = await review(DAYS)
    const { from, to, findings } = answers
    const notice = { kind: 'review' as const, from, to, findings, markdown: reviewMarkdown(answers) }
    await store.sendReview(new Date(monday), notice, new Date(at))
    sentWeek = monday
  }
}
