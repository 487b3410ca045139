import { OperationalSeverity } from '@eviltwin/contract'

/** Rank of a severity, for comparisons: 1 is low, 4 is critical; 0 is none. */
export function rankOf(severity: OperationalSeverity | null): number {
  return severity === null ? 0 : OperationalSeverity.options.indexOf(severity) + 1
}

/** The severity of a rank; null for 0. */
export function severityOf(rank: number): OperationalSeverity | null {
  return OperationalSeverity.options[rank - 1] ?? null
}

/** The more severe of two. */
export function worstOf(
  a: OperationalSeverity | null,
  b: OperationalSeverity | null,
): OperationalSeverity | null {
  return severityOf(Math.max(rankOf(a), rankOf(b)))
}

/** A severity that is at most that of the rule. */
export function cappedSeverity(
  rule: { severity: OperationalSeverity },
  rank: number,
): OperationalSeverity | null {
  return severityOf(Math.min(rank, rankOf(rule.severity)))
}
