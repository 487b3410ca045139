import { createHash } from 'node:crypto'
import type { CapturedFile, DecoyAction, DecoyIdentity } from '../decoys/decoy.js'
import type { DecoyShell, ShellOptions } from '../decoys/shell/index.js'
import { createShell } from '../decoys/shell/index.js'

/** An identity of which all follows from a text. */
export function identityOf(text: string): DecoyIdentity {
  const seed = createHash('sha256').update(text).digest()
  const digest = (purpose: string): Buffer => createHash('sha512').update(seed).update(purpose).digest()
  return {
    seed,
    hostName: 'web01',
    derive: (purpose, length) => digest(purpose).subarray(0, length),
    choose: (purpose, [first, ...others]) =>
      [first, ...others][digest(purpose).readUInt32BE(0) % (others.length + 1)] ?? first,
  }
}

/** A shell, what it recorded and kept, and the errors of its own, of which there should be none. */
export function testShell(options: Partial<ShellOptions> = {}): {
  shell: DecoyShell
  records: DecoyAction[]
  kept: CapturedFile[]
  errors: unknown[]
} {
  const records: DecoyAction[] = []
  const kept: CapturedFile[] = []
  const errors: unknown[] = []
  const shell = createShell({
    identity: identityOf('test'),
    session: {
      source_ip: '198.51.100.7',
      record: (action) => records.push(action),
      keepFile(file) {
        kept.push(file)
        return createHash('sha256').update(file.content).digest('hex')
      },
    },
    user: 'root',
    hostName: 'web01',
    now: () => Date.UTC(2026, 10, 26, 12),
    wait: async () => {},
    onError: (error) => errors.push(error),
    ...options,
  })
  return { shell, records, kept, errors }
}
