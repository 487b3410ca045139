import type { Role } from '@eviltwin/contract'

/** Whether `role` includes what `needed` may do. */
export function includesRole(role: Role, needed: Role): boolean {
  const order: readonly Role[] = ['viewer', 'analyst', 'admin']
  return order.indexOf(role) >= order.indexOf(needed)
}
