import type { Alert } from '@eviltwin/contract'

/** What an alert is about, in a line. */
export function summaryOf({ detail, reasons }: Alert): string {
  if (detail !== null) return detail
  return reasons
    .filter(({ contribution, name }) => contribution > 0 && name !== 'base_rate')
    .slice(0, 4)
    .map(({ name }) => name.replaceAll('_', ' '))
    .join(', ')
}
