import type { Role } from '@eviltwin/contract'

/** The pages, in the order of the menu. `key` opens one after `g`. */
export const SECTIONS = [
  { to: '/dashboard', name: 'Overview', key: 'o', group: 'Threats' },
  { to: '/dashboard/sessions', name: 'Sessions', key: 's', group: 'Threats' },
  { to: '/dashboard/attackers', name: 'Attackers', key: 'a', group: 'Threats' },
  { to: '/dashboard/alerts', name: 'Alerts', key: 'l', group: 'Threats' },
  { to: '/dashboard/techniques', name: 'ATT&CK matrix', key: 'm', group: 'Threats' },
  { to: '/dashboard/feeds', name: 'Feeds', key: 'f', group: 'Threats' },
  { to: '/dashboard/canaries', name: 'Canary tokens', key: 'c', group: 'Deception' },
  { to: '/dashboard/sensors', name: 'Sensors', key: 'n', group: 'Deception' },
  { to: '/dashboard/evidence', name: 'Evidence', key: 'e', group: 'Deception' },
  { to: '/dashboard/synthetic', name: 'Synthetic attacks', key: 'y', group: 'Deception' },
  { to: '/dashboard/slos', name: 'SLOs', key: 'b', group: 'Platform' },
  { to: '/dashboard/operations', name: 'Operational alerts', key: 'p', group: 'Platform' },
  { to: '/dashboard/health', name: 'Health and review', key: 'h', group: 'Platform' },
  { to: '/dashboard/quarantine', name: 'Quarantine', key: 'q', group: 'Platform' },
  { to: '/dashboard/settings', name: 'Settings', key: 't', group: 'Platform' },
] as const

const ORDER: readonly Role[] = ['viewer', 'analyst', 'admin']

/** Whether a role includes what another one may do. */
export function mayAct(role: Role, needed: Role): boolean {
  return ORDER.indexOf(role) >= ORDER.indexOf(needed)
}
