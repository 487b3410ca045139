import { Resolver } from 'node:dns/promises'

/** Asks the resolvers of this machine, or others, about names in the DNS. */
export interface NameResolver {
  /** @throws {Error} with a `code` such as ENOTFOUND, ENODATA, ESERVFAIL or ETIMEOUT (c-ares). */
  lookUp(type: 'NS' | 'A' | 'TXT', name: string): Promise<string[]>
}

/** Twice for each resolver, so that one lost datagram decides nothing. */
const TRIES = 2
const TIMEOUT_MS = 2_000
/** For all tries and all resolvers together. */
const DEADLINE_MS = 10_000
/** Of what a stranger's server answers, no more is read. */
const MAX_ANSWERS = 20

/** @param servers addresses, each with a port where it is not 53; none: those of the operating system. */
export function createNameResolver(servers: readonly string[]): NameResolver {
  return {
    async lookUp(type, name) {
      const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: TRIES })
      if (servers.length > 0) resolver.setServers(servers)
      const deadline = setTimeout(() => resolver.cancel(), DEADLINE_MS)
      try {
        return (await answersOf(resolver, type, name)).slice(0, MAX_ANSWERS)
      } finally {
        clearTimeout(deadline)
      }
    },
  }
}

async function answersOf(resolver: Resolver, type: 'NS' | 'A' | 'TXT', name: string): Promise<string[]> {
  switch (type) {
    case 'NS':
      return resolver.resolveNs(name)
    case 'A':
      return resolver.resolve4(name)
    case 'TXT':
      return (await resolver.resolveTxt(name)).map((parts) => parts.join(''))
  }
}
