import { readdir, readFile, stat } from 'node:fs/promises'
import { networkInterfaces } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { canonicalIp } from '../../domain/ip-address.js'
import { parseNetwork } from '../../domain/networks.js'
import { type NeverBlockList, neverBlockMatch, prepareNeverBlock } from '../../domain/never-block.js'
import { type Config, ConfigError } from '../../platform/config.js'

const SHIPPED = fileURLToPath(new URL('../../../never-block/', import.meta.url))
const MAX_FILES = 500
const MAX_FILE_BYTES = 32 * 1024 * 1024
const MAX_ENTRIES = 1_000_000

/** Of MISP, for mail addresses, telephone numbers and the like, which are in no export. */
const UNUSED_TYPES = ['substring', 'regex'] as const

/** A list of a type that matches nothing that is exported. */
export interface UnusedList {
  file: string
  type: string
}

/** A MISP warninglist; what it lacks of ours is unknown. */
const ListFile = z.object({
  name: z.string().min(1).max(300),
  version: z.number().int().default(0),
  category: z
    .enum(['special-purpose', 'documentation', 'popular', 'hosting', 'scanner', 'operator'])
    .default('operator'),
  source: z.string().max(1000).nullable().default(null),
  date: z.iso.date().nullable().default(null),
  licence: z.string().max(300).nullable().default(null),
  type: z.enum(['cidr', 'hostname', 'string', ...UNUSED_TYPES]),
  list: z.array(z.string().min(1).max(500)),
})

/**
 * The lists that are shipped, and those of FEEDS_NEVER_BLOCK_DIR: `<name>.json` or, as in a copy of MISP warninglists, `<name>/list.json`.
 * @param onUnused is called for each list of a type that is not used.
 * @throws {ConfigError} naming the file that cannot be used.
 */
export async function loadNeverBlockLists(
  config: Pick<Config, 'FEEDS_NEVER_BLOCK_DIR' | 'FEEDS_INCLUDE_DOCUMENTATION_ADDRESSES'>,
  onUnused: (list: UnusedList) => void,
): Promise<NeverBlockList[]> {
  const files = [...(await listFiles(SHIPPED)), ...(await listFiles(config.FEEDS_NEVER_BLOCK_DIR))]
  if (files.length > MAX_FILES) throw new ConfigError(`FEEDS_NEVER_BLOCK_DIR: more than ${MAX_FILES} lists`)
  const lists: NeverBlockList[] = []
  let entries = 0
  for (const file of files) {
    const list = await readList(file)
    if (!isUsed(list)) {
      onUnused({ file, type: list.type })
      continue
    }
    entries += list.list.length
    if (entries > MAX_ENTRIES)
      throw new ConfigError(
        `FEEDS_NEVER_BLOCK_DIR: more than ${MAX_ENTRIES} entries, with ${file}; remove long lists, such as those of the million most visited domains`,
      )
    if (list.category !== 'documentation' || !config.FEEDS_INCLUDE_DOCUMENTATION_ADDRESSES) lists.push(list)
  }
  return lists
}

/** Whether a research organisation scans the whole Internet from an address, by the list that is shipped. */
export async function loadResearchScanners(): Promise<(source_ip: string) => boolean> {
  const scanners = prepareNeverBlock([await readList(join(SHIPPED, 'research-scanners.json'))].filter(isUsed))
  return (value) => neverBlockMatch(scanners, { type: 'ipv4-addr', value }) !== null
}

/** The networks and domains that the operator's configuration keeps out of exports. */
export function operatorLists(
  config: Pick<Config, 'FEEDS_NEVER_BLOCK_NETWORKS' | 'FEEDS_NEVER_BLOCK_DOMAINS'>,
): NeverBlockList[] {
  return [
    ownList(
      'FEEDS_NEVER_BLOCK_NETWORKS',
      'operator',
      'cidr',
      config.FEEDS_NEVER_BLOCK_NETWORKS.map(({ text }) => text),
    ),
    ownList('FEEDS_NEVER_BLOCK_DOMAINS', 'operator', 'hostname', config.FEEDS_NEVER_BLOCK_DOMAINS),
  ]
}

/**
 * The addresses of this machine now, of the proxies in front of it, and the names that it is reached by: what reaches the platform through
 * them is recorded with their address when TRUST_PROXY is wrong.
 */
export function platformLists(
  config: Pick<Config, 'PUBLIC_URL' | 'CANARY_URL' | 'HOST' | 'TRUST_PROXY'>,
): NeverBlockList[] {
  const hosts = [...new Set([config.PUBLIC_URL, config.CANARY_URL].map((url) => new URL(url).hostname))]
  const interfaces = Object.values(networkInterfaces()).flatMap((each) => each ?? [])
  const addresses = [
    ...interfaces.map(({ address }) => canonicalIp(address)),
    ...hosts.map(canonicalIp),
    canonicalIp(config.HOST),
    ...config.TRUST_PROXY.map((text) => parseNetwork(text)?.text ?? null),
  ].filter((address) => address !== null)
  return [
    ownList('addresses of this platform', 'platform', 'cidr', [...new Set(addresses)].sort()),
    ownList(
      'name of this platform',
      'platform',
      'hostname',
      hosts.filter((host) => canonicalIp(host) === null),
    ),
  ]
}

/** A list that is made here. */
export function ownList(
  name: string,
  category: NeverBlockList['category'],
  type: NeverBlockList['type'],
  list: readonly string[],
): NeverBlockList {
  return { name, version: 1, category, type, list, source: 'this installation', date: null, licence: null }
}

async function listFiles(directory: string | undefined): Promise<string[]> {
  if (directory === undefined) return []
  const entries = await readdir(directory, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    throw new ConfigError(`FEEDS_NEVER_BLOCK_DIR ${directory} cannot be read (${error.code})`)
  })
  const files = entries.flatMap((entry) => {
    if (entry.isDirectory()) return join(directory, entry.name, 'list.json')
    return entry.name.endsWith('.json') ? join(directory, entry.name) : []
  })
  return files.sort()
}

type LoadedList = Omit<NeverBlockList, 'type'> & { type: z.infer<typeof ListFile>['type'] }

function isUsed(list: LoadedList): list is NeverBlockList {
  return UNUSED_TYPES.every((type) => type !== list.type)
}

async function readList(file: string): Promise<LoadedList> {
  const refuse = (why: string): never => {
    throw new ConfigError(`the list ${file} cannot be used: ${why}`)
  }
  const size = await stat(file).then(
    (found) => found.size,
    (error: NodeJS.ErrnoException) => refuse(`${error.code}`),
  )
  if (size > MAX_FILE_BYTES) refuse(`it has more than ${MAX_FILE_BYTES} bytes`)
  const parsed = ListFile.safeParse(parseJson(await readFile(file, 'utf8')))
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    return refuse(`${issue?.path.join('.')}: ${issue?.message}`)
  }
  const list = parsed.data
  const wrong = list.type === 'cidr' ? list.list.find((entry) => parseNetwork(entry) === null) : undefined
  if (wrong !== undefined) refuse(`${wrong} is not an address or a network`)
  return { ...list, source: list.source ?? `${basename(dirname(file))}/${basename(file)}` }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
