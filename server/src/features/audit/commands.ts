import { userInfo } from 'node:os'
import type { AuditRecord } from './chain.js'
import { redacted } from './redact.js'
import type { AuditStore } from './store.js'

/** What a command did. */
export interface CommandChange {
  action: string
  target?: { id?: string | undefined; name?: string | undefined }
  before?: unknown
  after?: unknown
}

/** Writes down what somebody with a shell on the server did by a command. @param at milliseconds since the epoch. */
export async function auditCommand(
  store: Pick<AuditStore, 'append'>,
  { action, target, before, after }: CommandChange,
  at: number,
): Promise<void> {
  const record: AuditRecord = {
    at,
    action,
    outcome: 'succeeded',
    count: 1,
    detail: {
      actor: { kind: 'command', id: null, name: systemUser() },
      address: null,
      request_id: null,
      target: { id: target?.id ?? null, name: target?.name ?? null },
      before: redacted(before),
      after: redacted(after),
      reason: null,
    },
  }
  await store.append([record])
}

/** Who runs a command. A container may run as a user without a name. */
export function systemUser(): string {
  try {
    return userInfo().username
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`
  }
}
