import { bytesFor } from './details.js'

const hexFor = (secret: string, purpose: string) => bytesFor(secret, purpose, 20).toString('hex')
const keyFor = (secret: string, purpose: string) => bytesFor(secret, purpose, 32).toString('base64')

/** Format: the kubeconfig of Kubernetes, `clientcmd/api/v1`. JSON would be valid as well, but nobody keeps it so. */
export function kubeconfigOf(url: string, secret: string): string {
  return `apiVersion: v1
kind: Config
clusters:
- name: production
  cluster:
    server: ${url}
users:
- name: deploy
  user:
    token: ${bytesFor(secret, 'kubeconfig', 48).toString('base64url')}
contexts:
- name: production
  context:
    cluster: production
    user: deploy
    namespace: payments
current-context: production
`
}

/** Format: wg-quick(8). Its endpoint is resolved when the interface comes up. @param host the token's name in the DNS. */
export function wireguardOf(host: string, secret: string): string {
  return `[Interface]
PrivateKey = ${keyFor(secret, 'wireguard private')}
Address = 10.66.${bytesFor(secret, 'wireguard address', 1)[0]}.7/32

[Peer]
PublicKey = ${keyFor(secret, 'wireguard public')}
AllowedIPs = 10.66.0.0/16
Endpoint = ${host}:51820
PersistentKeepalive = 25
`
}

/** Format: one variable a line, as Docker Compose and the dotenv libraries read it. */
export function envFileOf(url: string, secret: string): string {
  return `APP_ENV=production
APP_KEY=${hexFor(secret, 'env app')}
DB_HOST=db-1.internal
DB_DATABASE=payments
DB_USERNAME=payments
DB_PASSWORD=${hexFor(secret, 'env database').slice(0, 20)}
ADMIN_API_URL=${url}
ADMIN_API_TOKEN=${hexFor(secret, 'env admin')}
`
}

/**
 * A dump as of mariadb-dump or mysqldump. One of its rows has the URL. With a name in the DNS, its last statements make the server that imports
 * it a replica of that name, which the server resolves. Executable comments choose the statement: `M!` is for MariaDB alone, which
 * ignores those of versions from 50700 to 99999; the other needs MySQL 8.0.23.
 */
export function sqlDumpOf(url: string, secret: string, host: string | null): string {
  const password = hexFor(secret, 'sql replication').slice(0, 20)
  const replication = [
    `/*M!100100 CHANGE MASTER TO MASTER_HOST='${host}', MASTER_USER='replica', MASTER_PASSWORD='${password}', MASTER_CONNECT_RETRY=60 */;`,
    '/*M!100100 START SLAVE */;',
    `/*!80023 CHANGE REPLICATION SOURCE TO SOURCE_HOST='${host}', SOURCE_USER='replica', SOURCE_PASSWORD='${password}' */;`,
    '/*!80023 START REPLICA */;',
    '',
  ].join('\n')
  return `-- Host: db-1.internal    Database: payments
-- ------------------------------------------------------
/*!40101 SET NAMES utf8mb4 */;
DROP TABLE IF EXISTS \`service_accounts\`;
CREATE TABLE \`service_accounts\` (
  \`id\` int NOT NULL AUTO_INCREMENT,
  \`name\` varchar(64) NOT NULL,
  \`console\` varchar(255) NOT NULL,
  \`password_sha1\` char(40) NOT NULL,
  PRIMARY KEY (\`id\`)
);
INSERT INTO \`service_accounts\` VALUES
(1,'admin','${url}','${hexFor(secret, 'sql admin')}'),
(2,'backup','${url}/backup','${hexFor(secret, 'sql backup')}');
${host === null ? '' : replication}-- Dump completed
`
}

/** Format: RFC 9309. Rules are about paths of the host that the file is served by. */
export function robotsOf(url: string): string {
  return `User-agent: *\nDisallow: ${new URL(url).pathname}/\n`
}

/** Format: `mcpServers`, as clients of the Model Context Protocol keep their servers. */
export function mcpConfigurationOf(url: string): string {
  const server = { type: 'http', url: `${url}/mcp` }
  return `${JSON.stringify({ mcpServers: { 'production-secrets': server } }, null, 2)}\n`
}
