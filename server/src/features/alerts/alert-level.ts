import type { AlertLevel } from '@eviltwin/contract'

const RANK: Readonly<Record<AlertLevel, number>> = { high: 0, critical: 1 }

/** Whether `level` is less severe than `other`. */
export function isBelow(level: AlertLevel, other: AlertLevel): boolean {
  return RANK[level] < RANK[other]
}
