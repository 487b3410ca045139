import type { DecoyIdentity } from '../decoy.js'

/** What a Redis says of itself. */
export interface RedisProfile {
  version: string
  /** Sections of INFO, each with its lines. @param now milliseconds since 1970. */
  info(facts: {
    now: number
    keys: number
    clients: number
    commands: number
  }): ReadonlyArray<readonly [string, string]>
  /** Parameters of CONFIG GET at the start. */
  config: ReadonlyArray<readonly [string, string]>
  /** Keys that are there at the start. */
  keys: ReadonlyArray<readonly [string, string]>
  /** A password is asked for. */
  needsPassword: boolean
}

const VERSIONS = ['5.0.7', '5.0.14', '6.0.16', '6.2.6', '6.2.14', '7.0.11', '7.0.15', '7.2.4'] as const
const SYSTEMS = [
  'Linux 4.15.0-213-generic x86_64',
  'Linux 5.4.0-169-generic x86_64',
  'Linux 5.10.0-27-amd64 x86_64',
  'Linux 5.15.0-91-generic x86_64',
  'Linux 6.1.0-17-amd64 x86_64',
] as const
const COMPILERS = ['9.4.0', '10.2.1', '11.4.0', '12.2.0'] as const
const DIRECTORIES = ['/var/lib/redis', '/data', '/opt/redis', '/var/lib/redis/6379'] as const
const MEMORY = [2_147_483_648, 4_294_967_296, 8_589_934_592, 16_777_216_000] as const
const DAY_MS = 86_400_000

export function redisProfileOf(identity: DecoyIdentity, startedAt: number): RedisProfile {
  const version = identity.choose('redis version', VERSIONS)
  const runId = identity.derive('redis run id', 20).toString('hex')
  const pid = 600 + (identity.derive('redis pid', 2).readUInt16BE() % 1_400)
  const upDays = 3 + (identity.derive('redis uptime', 1).readUInt8() % 90)
  const memory = 900_000 + (identity.derive('redis memory', 3).readUIntBE(0, 3) % 4_000_000)
  const total = identity.choose('redis total memory', MEMORY)
  const directory = identity.choose('redis directory', DIRECTORIES)
  return {
    version,
    needsPassword: identity.choose('redis password', [false, false, false, true]),
    config: [
      ['dir', directory],
      ['dbfilename', 'dump.rdb'],
      ['maxmemory', '0'],
      ['maxmemory-policy', 'noeviction'],
      ['appendonly', 'no'],
      ['save', '900 1 300 10 60 10000'],
      ['port', '6379'],
      ['bind', '0.0.0.0'],
      ['protected-mode', 'no'],
      ['databases', '16'],
      ['timeout', '0'],
      ['slaveof', ''],
      ['requirepass', ''],
      ['logfile', '/var/log/redis/redis-server.log'],
    ],
    keys: sessionKeys(identity),
    info({ now, keys, clients, commands }) {
      const uptime = Math.floor((now - startedAt + upDays * DAY_MS) / 1_000)
      return [
        [
          'Server',
          `redis_version:${version}\r\nredis_git_sha1:00000000\r\nredis_git_dirty:0\r\nredis_build_id:${runId.slice(0, 16)}\r\nredis_mode:standalone\r\nos:${identity.choose('redis system', SYSTEMS)}\r\narch_bits:64\r\nmultiplexing_api:epoll\r\ngcc_version:${identity.choose('redis compiler', COMPILERS)}\r\nprocess_id:${pid}\r\nrun_id:${runId}\r\ntcp_port:6379\r\nuptime_in_seconds:${uptime}\r\nuptime_in_days:${Math.floor(uptime / 86_400)}\r\nhz:10\r\nexecutable:/usr/bin/redis-server\r\nconfig_file:/etc/redis/redis.conf`,
        ],
        ['Clients', `connected_clients:${clients}\r\nblocked_clients:0`],
        [
          'Memory',
          `used_memory:${memory}\r\nused_memory_human:${(memory / 1_048_576).toFixed(2)}M\r\ntotal_system_memory:${total}\r\nmaxmemory:0\r\nmaxmemory_policy:noeviction\r\nmem_fragmentation_ratio:1.${pid % 90}\r\nmem_allocator:jemalloc-5.2.1`,
        ],
        [
          'Persistence',
          `loading:0\r\nrdb_changes_since_last_save:0\r\nrdb_bgsave_in_progress:0\r\nrdb_last_save_time:${Math.floor(now / 1_000) - 311}\r\nrdb_last_bgsave_status:ok\r\naof_enabled:0`,
        ],
        [
          'Stats',
          `total_connections_received:${clients + pid}\r\ntotal_commands_processed:${commands + pid * 7}`,
        ],
        [
          'Replication',
          `role:master\r\nconnected_slaves:0\r\nmaster_replid:${runId}\r\nmaster_repl_offset:0`,
        ],
        ['CPU', `used_cpu_sys:${uptime / 500}\r\nused_cpu_user:${uptime / 400}`],
        ['Cluster', 'cluster_enabled:0'],
        ['Keyspace', keys === 0 ? '' : `db0:keys=${keys},expires=0,avg_ttl=0`],
      ]
    },
  }
}

const KEY_STYLES = [
  'session:',
  'sess:',
  'PHPREDIS_SESSION:',
  'cache:user:',
  'laravel_cache:',
  'celery-task-meta-',
] as const
const MAX_KEYS = 9

function sessionKeys(identity: DecoyIdentity): Array<readonly [string, string]> {
  const style = identity.choose('redis key style', KEY_STYLES)
  const count = 2 + (identity.derive('redis keys', 1).readUInt8() % (MAX_KEYS - 2))
  return Array.from({ length: count }, (_, index) => {
    const id = identity.derive(`redis key ${index}`, 12).toString('hex')
    return [
      `${style}${id}`,
      `{"user_id":${100 + index * 7},"csrf":"${id.slice(0, 16)}","role":"user"}`,
    ] as const
  })
}
