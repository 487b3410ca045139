import type { ScoreReason } from '@eviltwin/contract'

type Reason = Pick<ScoreReason, 'name' | 'contribution'>

/** Parts of a score that are nothing that was done: what every session starts with, and the sum of what is not told. */
const NO_CAUSES = new Set(['base_rate', 'other_features'])

/** What raised a score, strongest first. A reason that lowered it is no cause. */
export function causesOf(reasons: readonly Reason[]): Reason[] {
  return reasons
    .filter(({ name, contribution }) => contribution > 0 && !NO_CAUSES.has(name))
    .sort((a, b) => b.contribution - a.contribution || (a.name < b.name ? -1 : 1))
}
