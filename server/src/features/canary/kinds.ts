import type { CanaryKind } from '@eviltwin/contract'

/** Kinds whose hits come from another system's webhook. */
const FOREIGN: ReadonlySet<CanaryKind> = new Set(['canarytokens', 'opencanary'])

/** Kinds that are a name in the DNS. */
const NAMES: ReadonlySet<CanaryKind> = new Set(['dns', 'wireguard'])

export function isForeign(kind: CanaryKind): boolean {
  return FOREIGN.has(kind)
}

export function isName(kind: CanaryKind): boolean {
  return NAMES.has(kind)
}
