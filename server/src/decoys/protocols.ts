import type { CreateDecoy } from './decoy.js'

/** The decoys that there are, by the name that `eviltwin decoy` takes. A process loads the one that it runs. */
const DECOYS: ReadonlyMap<string, () => Promise<CreateDecoy>> = new Map([
  ['ssh', async () => (await import('./ssh/decoy.js')).createSshDecoy],
  ['telnet', async () => (await import('./telnet/decoy.js')).createTelnetDecoy],
  ['http', async () => (await import('./http/decoy.js')).createHttpDecoy],
  ['redis', async () => (await import('./redis/decoy.js')).createRedisDecoy],
  ['mysql', async () => (await import('./mysql/decoy.js')).createMysqlDecoy],
  ['ftp', async () => (await import('./ftp/decoy.js')).createFtpDecoy],
  ['smtp', async () => (await import('./smtp/decoy.js')).createSmtpDecoy],
])

export const PROTOCOLS: readonly string[] = [...DECOYS.keys()]

/** Loads a decoy. @returns null where there is none of that name. */
export async function loadDecoy(protocol: string): Promise<CreateDecoy | null> {
  return (await DECOYS.get(protocol)?.()) ?? null
}
