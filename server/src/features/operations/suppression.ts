import type { OpsSilence } from '@eviltwin/contract'
import type { OpsRule } from './rules.js'

/** Whether one of the silences covers the rule at that time. */
export function isSilenced({ id }: OpsRule, silences: readonly OpsSilence[], at: number): boolean {
  return silences.some(
    ({ rule_id, starts_at, ends_at }) =>
      (rule_id === null || rule_id === id) && Date.parse(starts_at) <= at && at < Date.parse(ends_at),
  )
}

/** Whether a more severe rule that inhibits this one fires. */
export function isInhibited({ inhibited_by }: OpsRule, isFiring: (rule_id: string) => boolean): boolean {
  return inhibited_by.some(isFiring)
}
