import { OWN_ATTACK_KINDS, type SyntheticKind } from '@eviltwin/contract'

/** A way into the platform itself. */
export type OwnKind = (typeof OWN_ATTACK_KINDS)[number]

export function isOwnKind(kind: SyntheticKind): kind is OwnKind {
  return (OWN_ATTACK_KINDS as readonly SyntheticKind[]).includes(kind)
}
