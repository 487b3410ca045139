import type { BaitSecrets } from '../bait/bait-secrets.js'
import type { DecoyIdentity } from '../decoy.js'
import { gitFilesOf } from './git-repository.js'
import { escapeHtml, type HttpProfile } from './http-profile.js'

/** What a path is answered with. */
export interface BaitPage {
  /** Ends an action, such as `http.bait.env`. */
  name: string
  status: number
  contentType: string
  body: string | Buffer
}

const DAY_MS = 86_400_000
const FRAMEWORKS = ['laravel', 'symfony', 'node', 'django'] as const
/** Paths under which the same file of settings is found. */
const ENV_PATHS = [
  '/.env',
  '/.env.local',
  '/.env.production',
  '/.env.bak',
  '/app/.env',
  '/api/.env',
  '/laravel/.env',
  '/backend/.env',
] as const
const DUMP_PATHS = [
  '/backup.sql',
  '/dump.sql',
  '/database.sql',
  '/db.sql',
  '/backup/backup.sql',
  '/db_backup.sql',
] as const

/** The bait of an installation, by path in lower case. @param now milliseconds since 1970. */
export function baitPagesOf(
  identity: DecoyIdentity,
  bait: BaitSecrets,
  profile: HttpProfile,
  now: number,
): ReadonlyMap<string, BaitPage> {
  const text = (name: string, body: string, contentType = 'text/plain'): BaitPage => ({
    name,
    status: 200,
    contentType,
    body,
  })
  const pages = new Map<string, BaitPage>()
  const env = text('env', envFile(identity, bait))
  for (const path of ENV_PATHS) pages.set(path, env)
  const dump = text('sql_dump', sqlDump(identity, bait, now), 'application/sql')
  for (const path of DUMP_PATHS) pages.set(path, dump)
  for (const [path, body] of gitFilesOf(identity, bait, now)) {
    const isText = !path.startsWith('objects/') || path === 'objects/info/packs'
    const contentType = isText ? 'text/plain' : 'application/octet-stream'
    pages.set(`/.git/${path.toLowerCase()}`, { name: 'git', status: 200, contentType, body })
  }
  pages.set('/', text('home', homePage(profile), 'text/html'))
  pages.set('/index.html', text('home', homePage(profile), 'text/html'))
  pages.set('/robots.txt', text('robots', ROBOTS))
  pages.set('/server-status', text('server_status', serverStatus(profile, identity, now), 'text/html'))
  pages.set('/phpinfo.php', text('phpinfo', phpInfo(profile, identity, bait), 'text/html'))
  pages.set('/info.php', text('phpinfo', phpInfo(profile, identity, bait), 'text/html'))
  pages.set('/actuator', text('actuator', JSON.stringify(ACTUATOR), 'application/json'))
  pages.set('/actuator/health', text('actuator', '{"status":"UP"}', 'application/json'))
  pages.set('/actuator/env', text('actuator_env', actuatorEnv(bait), 'application/json'))
  pages.set('/env', text('actuator_env', actuatorEnv(bait), 'application/json'))
  const api = text(
    'api',
    JSON.stringify({ name: identity.hostName, version: 'v1', resources: ['users', 'orders', 'tokens'] }),
    'application/json',
  )
  pages.set('/api', api)
  pages.set('/api/v1', api)
  pages.set('/.aws/credentials', text('aws_credentials', awsCredentials(bait)))
  pages.set('/wp-config.php.bak', text('wp_config', wpConfig(bait)))
  pages.set('/config.json', text('config_json', configJson(bait), 'application/json'))
  return pages
}

const ROBOTS =
  'User-agent: *\nDisallow: /admin/\nDisallow: /backup/\nDisallow: /phpmyadmin/\nDisallow: /.git/\nDisallow: /api/\n'
const ACTUATOR = {
  _links: {
    self: { href: '/actuator' },
    env: { href: '/actuator/env' },
    health: { href: '/actuator/health' },
  },
}

function homePage({ kind, hostName }: HttpProfile): string {
  const name = escapeHtml(hostName)
  if (kind === 'nginx')
    return `<!DOCTYPE html>\n<html>\n<head>\n<title>Welcome to ${name}</title>\n</head>\n<body>\n<h1>${name}</h1>\n<p><a href="/login">Log in</a></p>\n</body>\n</html>\n`
  return `<!DOCTYPE html>\n<html lang="en">\n<head><title>${name}: internal services</title></head>\n<body>\n<h1>Internal services</h1>\n<ul>\n<li><a href="/admin/">Administration</a></li>\n<li><a href="/phpmyadmin/">Database</a></li>\n<li><a href="/jenkins/">Builds</a></li>\n</ul>\n</body>\n</html>\n`
}

function envFile(identity: DecoyIdentity, bait: BaitSecrets): string {
  const framework = identity.choose('http framework', FRAMEWORKS)
  const database = `DB_HOST=127.0.0.1\nDB_PORT=3306\nDB_DATABASE=${bait.databaseUser}\nDB_USERNAME=${bait.databaseUser}\nDB_PASSWORD=${bait.databasePassword}\n`
  const others = `REDIS_HOST=127.0.0.1\nREDIS_PASSWORD=${bait.redisPassword}\nMAIL_HOST=mail.${identity.hostName}.lan\nMAIL_USERNAME=notify\nMAIL_PASSWORD=${bait.mailPassword}\nAWS_ACCESS_KEY_ID=${bait.awsKeyId}\nAWS_SECRET_ACCESS_KEY=${bait.awsSecretKey}\n`
  if (framework === 'laravel')
    return `APP_NAME=${identity.hostName}\nAPP_ENV=production\nAPP_KEY=base64:${bait.applicationKey}\nAPP_DEBUG=false\n\n${database}${others}`
  if (framework === 'django')
    return `DJANGO_SECRET_KEY=${bait.jwtSecret}\nDEBUG=False\nADMIN_PASSWORD=${bait.adminPassword}\n${database}${others}`
  const url = `DATABASE_URL=mysql://${bait.databaseUser}:${bait.databasePassword}@127.0.0.1:3306/${bait.databaseUser}\n`
  return framework === 'symfony'
    ? `APP_ENV=prod\nAPP_SECRET=${bait.jwtSecret}\n${url}${others}`
    : `NODE_ENV=production\nPORT=3000\nJWT_SECRET=${bait.jwtSecret}\n${url}${others}`
}

function sqlDump(identity: DecoyIdentity, bait: BaitSecrets, now: number): string {
  const date = new Date(now - 9 * DAY_MS).toISOString().slice(0, 19).replace('T', ' ')
  return `-- MySQL dump 10.13  Distrib 8.0.36, for Linux (x86_64)\n--\n-- Host: ${identity.hostName}    Database: ${bait.databaseUser}\n-- ------------------------------------------------------\n\nDROP TABLE IF EXISTS \`users\`;\nCREATE TABLE \`users\` (\n  \`id\` int NOT NULL AUTO_INCREMENT,\n  \`login\` varchar(60) NOT NULL,\n  \`password\` varchar(255) NOT NULL,\n  PRIMARY KEY (\`id\`)\n);\nINSERT INTO \`users\` VALUES (1,'admin','${bait.adminPassword}'),(2,'${bait.databaseUser}','${bait.databasePassword}');\n\n-- Dump completed on ${date}\n`
}

function serverStatus({ server }: HttpProfile, identity: DecoyIdentity, now: number): string {
  const days = 3 + (identity.derive('http uptime', 1)[0] ?? 0)
  const time = new Date(now).toUTCString()
  return `<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 3.2 Final//EN">\n<html><head>\n<title>Apache Status</title>\n</head><body>\n<h1>Apache Server Status for ${identity.hostName}</h1>\n<dl><dt>Server Version: ${server}</dt>\n<dt>Current Time: ${time}</dt>\n<dt>Server uptime: ${days} days 4 hours 11 minutes</dt>\n<dt>Total accesses: ${days * 4_231} - Total Traffic: ${days * 38} MB</dt></dl>\n<table border="0"><tr><th>Srv</th><th>PID</th><th>M</th><th>Client</th><th>Request</th></tr>\n<tr><td>0-0</td><td>1193</td><td>W</td><td>10.0.4.12</td><td>GET /admin/users?page=2 HTTP/1.1</td></tr>\n<tr><td>1-0</td><td>1194</td><td>_</td><td>10.0.4.31</td><td>POST /api/v1/tokens HTTP/1.1</td></tr></table>\n</body></html>\n`
}

function phpInfo({ poweredBy, server }: HttpProfile, identity: DecoyIdentity, bait: BaitSecrets): string {
  const version = (poweredBy ?? 'PHP/7.4.33').replace('PHP/', '')
  const rows: ReadonlyArray<readonly [string, string]> = [
    ['System', `Linux ${identity.hostName} 5.10.0-27-amd64 #1 SMP x86_64`],
    ['Server API', 'FPM/FastCGI'],
    ['Configuration File (php.ini) Path', '/etc/php/fpm'],
    ['SERVER_SOFTWARE', server],
    ['DOCUMENT_ROOT', '/var/www/html'],
    ['DB_PASSWORD', bait.databasePassword],
    ['AWS_ACCESS_KEY_ID', bait.awsKeyId],
  ]
  const table = rows.map(
    ([name, value]) => `<tr><td class="e">${name}</td><td class="v">${value}</td></tr>\n`,
  )
  return `<!DOCTYPE html>\n<html><head><title>PHP ${version} - phpinfo()</title></head>\n<body><h1>PHP Version ${version}</h1>\n<table>\n${table.join('')}</table></body></html>\n`
}

function actuatorEnv(bait: BaitSecrets): string {
  const properties = {
    'spring.datasource.username': { value: bait.databaseUser },
    'spring.datasource.password': { value: bait.databasePassword },
    'spring.redis.password': { value: bait.redisPassword },
    'cloud.aws.credentials.accessKey': { value: bait.awsKeyId },
    'cloud.aws.credentials.secretKey': { value: bait.awsSecretKey },
  }
  return JSON.stringify({
    activeProfiles: ['prod'],
    propertySources: [{ name: 'systemEnvironment', properties }],
  })
}

function awsCredentials(bait: BaitSecrets): string {
  return `[default]\naws_access_key_id = ${bait.awsKeyId}\naws_secret_access_key = ${bait.awsSecretKey}\n`
}

function wpConfig(bait: BaitSecrets): string {
  return `<?php\ndefine( 'DB_NAME', '${bait.databaseUser}' );\ndefine( 'DB_USER', '${bait.databaseUser}' );\ndefine( 'DB_PASSWORD', '${bait.databasePassword}' );\ndefine( 'AUTH_KEY', '${bait.jwtSecret}' );\n$table_prefix = 'wp_';\n`
}

function configJson(bait: BaitSecrets): string {
  return JSON.stringify({
    database: { user: bait.databaseUser, password: bait.databasePassword },
    jwtSecret: bait.jwtSecret,
  })
}
