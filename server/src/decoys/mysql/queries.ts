import type { BaitSecrets } from '../bait/bait-secrets.js'
import { type MysqlProfile, versionOf } from './mysql-profile.js'
import type { TextResult } from './packets.js'

/** What a statement is answered with. */
export type QueryAnswer =
  | { kind: 'ok'; affectedRows: number }
  | { kind: 'result'; result: TextResult }
  | { kind: 'error'; code: number; state: string; message: string }

/** What queries of one connection see and change. */
export interface QueryState {
  profile: MysqlProfile
  bait: BaitSecrets
  /** As `user@host`. */
  user: string
  /** Empty where none is chosen. */
  database: string
}

/** Of a statement, when it is looked at. */
const MAX_LOOKED_AT = 8_192
const MAX_COLUMNS = 64
const OK: QueryAnswer = { kind: 'ok', affectedRows: 0 }

const error = (code: number, state: string, message: string): QueryAnswer => ({
  kind: 'error',
  code,
  state,
  message,
})
const result = (columns: readonly string[], rows: TextResult['rows']): QueryAnswer => ({
  kind: 'result',
  result: { columns, rows },
})

/** Answers a statement as far as probes of attackers need it; there is no database behind it. */
export function answerQuery(sql: string, state: QueryState): QueryAnswer {
  const statement = withoutComments(sql.slice(0, MAX_LOOKED_AT))
  for (const [pattern, answer] of STATEMENTS) {
    const match = pattern.exec(statement)
    if (match) return answer(match, state)
  }
  const near = statement.slice(0, 80)
  return error(
    1064,
    '42000',
    `You have an error in your SQL syntax; check the manual that corresponds to your MySQL server version for the right syntax to use near '${near}' at line 1`,
  )
}

/** Block comments are left out, but for what `/*!` states for a version. */
function withoutComments(sql: string): string {
  const parts: string[] = []
  let at = 0
  for (let open = sql.indexOf('/*'); open >= 0; open = sql.indexOf('/*', at)) {
    const close = sql.indexOf('*/', open + 2)
    const end = close < 0 ? sql.length : close
    parts.push(sql.slice(at, open))
    if (sql[open + 2] === '!') parts.push(sql.slice(open + 3, end).replace(/^\d{1,6}/, ''))
    at = Math.min(end + 2, sql.length)
  }
  return [...parts, sql.slice(at)]
    .join(' ')
    .trim()
    .replace(/[;\s]{0,64}$/, '')
}

type Statement = readonly [
  pattern: RegExp,
  answer: (match: RegExpExecArray, state: QueryState) => QueryAnswer,
]

/** The first that matches is taken. */
const STATEMENTS: readonly Statement[] = [
  [/^(?:set|begin|start\s+transaction|commit|rollback|flush|lock|unlock|analyze|optimize)\b/i, () => OK],
  [/^use\s+`?([\w$-]{1,64})`?$/i, ([, name = ''], state) => useDatabase(name, state)],
  [
    /^show\s+(?:databases|schemas)\b/i,
    (_match, state) =>
      result(
        ['Database'],
        databases(state).map((name) => [name]),
      ),
  ],
  [
    /^show\s+(?:full\s+)?tables\b(?:\s+(?:from|in)\s+`?([\w$-]{1,64})`?)?/i,
    ([, name], state) => showTables(name, state),
  ],
  [
    /^show\s+(?:global\s+|session\s+)?(variables|status)\b(?:\s+like\s+'([^']{0,64})')?/i,
    ([, what = '', pattern], state) => showVariables(what, pattern, state),
  ],
  [/^show\s+(?:full\s+)?processlist\b/i, (_match, state) => processList(state)],
  [/^show\s+grants\b/i, (_match, { user }) => grants(user)],
  [/^show\s+(?:warnings|errors)\b/i, () => result(['Level', 'Code', 'Message'], [])],
  [/^show\s+plugins\b/i, () => result(['Name', 'Status', 'Type', 'Library', 'License'], [])],
  [/^load\s+data\b/i, () => error(1148, '42000', 'The used command is not allowed with this MySQL version')],
  [/\binto\s+(?:out|dump)file\b/i, () => error(1290, 'HY000', SECURE_FILE)],
  [
    /^create\s+(?:aggregate\s+)?function\b.{0,500}\bsoname\b/is,
    () => error(1126, 'HY000', "Can't open shared library"),
  ],
  [/^select\s+load_file\s*\(/i, () => result(['load_file'], [[null]])],
  [
    /^select\b.{0,4000}?\bfrom\s+(?:`?([\w$-]{1,64})`?\.)?`?([\w$-]{1,64})`?/is,
    ([, schema, table = ''], state) => selectFrom(schema, table, state),
  ],
  [/^select\s+(.{1,4000})$/is, ([, list = ''], state) => selectValues(list, state)],
  [/^(?:insert|replace|update|delete)\b/i, () => ({ kind: 'ok', affectedRows: 1 })],
  [/^(?:create|drop|alter|truncate|grant|revoke|rename)\b/i, () => OK],
  [/^(?:describe|desc|explain)\b/i, () => result(['Field', 'Type', 'Null', 'Key', 'Default', 'Extra'], [])],
]

const SECURE_FILE =
  'The MySQL server is running with the --secure-file-priv option so it cannot execute this statement'

function databases({ bait }: QueryState): string[] {
  return ['information_schema', bait.databaseUser, 'mysql', 'performance_schema']
}

const TABLES = ['customers', 'orders', 'sessions', 'settings', 'users'] as const

function useDatabase(name: string, state: QueryState): QueryAnswer {
  if (!databases(state).includes(name)) return error(1049, '42000', `Unknown database '${name}'`)
  state.database = name
  return OK
}

function showTables(named: string | undefined, state: QueryState): QueryAnswer {
  const name = named ?? state.database
  if (name === '') return error(1046, '3D000', 'No database selected')
  if (!databases(state).includes(name)) return error(1049, '42000', `Unknown database '${name}'`)
  return result([`Tables_in_${name}`], name === state.bait.databaseUser ? TABLES.map((table) => [table]) : [])
}

function variables({ profile }: QueryState): ReadonlyArray<readonly [string, string]> {
  return [
    ['auto_increment_increment', '1'],
    ['autocommit', '1'],
    ['basedir', '/usr/'],
    ['character_set_client', 'utf8mb4'],
    ['character_set_connection', 'utf8mb4'],
    ['character_set_database', 'utf8mb4'],
    ['character_set_results', 'utf8mb4'],
    ['character_set_server', 'utf8mb4'],
    ['collation_connection', 'utf8mb4_general_ci'],
    ['collation_server', 'utf8mb4_general_ci'],
    ['datadir', '/var/lib/mysql/'],
    ['have_ssl', 'DISABLED'],
    ['hostname', profile.hostName],
    ['init_connect', ''],
    ['interactive_timeout', '28800'],
    ['license', 'GPL'],
    ['lower_case_table_names', '0'],
    ['max_allowed_packet', '16777216'],
    ['net_write_timeout', '60'],
    ['performance_schema', '0'],
    ['plugin_dir', '/usr/lib/mysql/plugin/'],
    ['port', '3306'],
    ['secure_file_priv', '/var/lib/mysql-files/'],
    ['sql_mode', 'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION'],
    ['system_time_zone', 'UTC'],
    ['time_zone', 'SYSTEM'],
    ['transaction_isolation', 'REPEATABLE-READ'],
    ['tx_isolation', 'REPEATABLE-READ'],
    ['version', versionOf(profile)],
    ['version_comment', profile.comment],
    ['version_compile_machine', 'x86_64'],
    ['version_compile_os', 'Linux'],
    ['wait_timeout', '28800'],
  ]
}

function showVariables(what: string, pattern: string | undefined, state: QueryState): QueryAnswer {
  const all = what.toLowerCase() === 'status' ? STATUS : variables(state)
  const wanted = pattern?.toLowerCase().replaceAll('%', '')
  const isPart = pattern?.includes('%') ?? true
  const rows = all.filter(
    ([name]) => wanted === undefined || (isPart ? name.toLowerCase().includes(wanted) : name === wanted),
  )
  return result(['Variable_name', 'Value'], rows)
}

const STATUS: ReadonlyArray<readonly [string, string]> = [
  ['Connections', '4127'],
  ['Threads_connected', '3'],
  ['Threads_running', '1'],
  ['Uptime', '1893411'],
]

function processList({ user, database }: QueryState): QueryAnswer {
  const columns = ['Id', 'User', 'Host', 'db', 'Command', 'Time', 'State', 'Info']
  const [name = ''] = user.split('@')
  return result(columns, [
    ['41', name, 'localhost', database || null, 'Query', '0', 'init', 'show processlist'],
  ])
}

function grants(user: string): QueryAnswer {
  const [name = '', host = '%'] = user.split('@')
  return result(
    [`Grants for ${name}@${host}`],
    [[`GRANT ALL PRIVILEGES ON *.* TO '${name}'@'${host}' WITH GRANT OPTION`]],
  )
}

function selectFrom(schema: string | undefined, table: string, state: QueryState): QueryAnswer {
  const database = (schema ?? state.database).toLowerCase()
  const name = table.toLowerCase()
  if (name === 'dual') return result(['1'], [['1']])
  if (database === 'information_schema') return informationSchema(name, state)
  if (database === 'mysql' && name === 'user')
    return result(
      ['Host', 'User'],
      [
        ['localhost', 'root'],
        ['%', state.bait.databaseUser],
      ],
    )
  if (database === '') return error(1046, '3D000', 'No database selected')
  if (database !== state.bait.databaseUser || !TABLES.some((known) => known === name))
    return error(1146, '42S02', `Table '${database}.${table}' doesn't exist`)
  return baitTable(name, state.bait)
}

function informationSchema(name: string, state: QueryState): QueryAnswer {
  if (name === 'schemata')
    return result(
      ['SCHEMA_NAME'],
      databases(state).map((database) => [database]),
    )
  if (name === 'tables')
    return result(
      ['TABLE_SCHEMA', 'TABLE_NAME'],
      TABLES.map((table) => [state.bait.databaseUser, table]),
    )
  return result([name.toUpperCase()], [])
}

function baitTable(name: string, bait: BaitSecrets): QueryAnswer {
  if (name === 'users')
    return result(
      ['id', 'login', 'password', 'email'],
      [['1', 'admin', bait.adminPassword, 'admin@localhost']],
    )
  if (name === 'settings')
    return result(
      ['name', 'value'],
      [
        ['smtp_password', bait.mailPassword],
        ['aws_access_key_id', bait.awsKeyId],
        ['aws_secret_access_key', bait.awsSecretKey],
      ],
    )
  return result(['id', 'created_at'], [])
}

/** A list of values that need no table. */
function selectValues(list: string, state: QueryState): QueryAnswer {
  const items = list
    .replace(/\s+limit\s+\d{1,9}$/i, '')
    .split(',')
    .slice(0, MAX_COLUMNS)
  const values = items.map((item) => evaluated(item.trim(), state))
  if (values.some((value) => value === undefined))
    return error(1054, '42S22', `Unknown column '${list.trim().slice(0, 64)}' in 'field list'`)
  return result(
    values.map((value) => value?.name ?? ''),
    [values.map((value) => value?.text ?? null)],
  )
}

interface Value {
  name: string
  text: string | null
}

function evaluated(item: string, state: QueryState): Value | undefined {
  const alias = /^(.{1,200}?)\s+as\s+[`'"]?(\w{1,64})[`'"]?$/is.exec(item)
  const expression = (alias?.[1] ?? item).trim()
  const name = alias?.[2] ?? expression.slice(0, 64)
  const text = textOf(expression, state)
  return text === undefined ? undefined : { name, text }
}

function textOf(expression: string, state: QueryState): string | null | undefined {
  const variable = /^@@(?:session\.|global\.|local\.)?(\w{1,64})$/i.exec(expression)?.[1]?.toLowerCase()
  if (variable !== undefined) return variables(state).find(([name]) => name === variable)?.[1]
  const called = /^(\w{1,32})\s*\(\s*\)$/.exec(expression)?.[1]?.toLowerCase()
  if (called !== undefined) return valueOfFunction(called, state)
  const literal = /^(?:(-?\d{1,18}(?:\.\d{1,18})?)|'([^']{0,1000})'|"([^"]{0,1000})")$/.exec(expression)
  if (literal) return literal[1] ?? literal[2] ?? literal[3]
  if (/^(?:current_user)$/i.test(expression)) return state.user
  return /^null$/i.test(expression) ? null : undefined
}

function valueOfFunction(name: string, state: QueryState): string | null | undefined {
  if (name === 'version') return versionOf(state.profile)
  if (['user', 'current_user', 'session_user', 'system_user'].includes(name)) return state.user
  if (name === 'database' || name === 'schema') return state.database || null
  if (name === 'connection_id') return '41'
  return name === 'last_insert_id' ? '0' : undefined
}
