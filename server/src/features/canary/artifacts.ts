import { createHash } from 'node:crypto'
import type { CanaryArtifact, CanaryKind } from '@eviltwin/contract'
import {
  envFileOf,
  kubeconfigOf,
  mcpConfigurationOf,
  robotsOf,
  sqlDumpOf,
  wireguardOf,
} from './baits/configuration-files.js'
import { docxWith } from './baits/docx.js'
import { gitRepositoryWith } from './baits/git-repository.js'
import { pdfWith } from './baits/pdf.js'

/** What somebody needs to lay a token out: a file, if it is one, and what to do with it. */
export interface Bait {
  artifact: CanaryArtifact | null
  instructions: string
}

/** Where a token is reached. */
export interface BaitPlace {
  /** Of kinds that are a name in the DNS: that name. */
  url: string
  /** Gives a file its believable, always the same, details. */
  secret: string
  /** The token's name in the DNS; null where this server answers for no zone. */
  host: string | null
}

export function baitOf(kind: CanaryKind, place: BaitPlace): Bait {
  const { url, secret } = place
  switch (kind) {
    case 'docx':
    case 'pdf':
    case 'git_repository':
      return { artifact: binaryFileOf(kind, url), instructions: FILE_INSTRUCTIONS[kind] }
    case 'kubeconfig':
    case 'env_file':
    case 'wireguard':
    case 'robots_txt':
    case 'mcp_server':
      return { artifact: textFileOf(kind, place), instructions: FILE_INSTRUCTIONS[kind] }
    case 'sql_dump':
      return {
        artifact: { ...PLAIN, filename: 'payments.sql', content: sqlDumpOf(url, secret, place.host) },
        instructions: `${FILE_INSTRUCTIONS.sql_dump} ${place.host === null ? SQL_WITHOUT_DNS : SQL_WITH_DNS}`,
      }
    case 'dns':
      return { artifact: null, instructions: DNS_INSTRUCTIONS }
    case 'web_bug':
      return {
        artifact: null,
        instructions: `Embed the invisible image where only an intruder looks: <img src="${url}" width="1" height="1" alt="">`,
      }
    case 'link':
      return {
        artifact: null,
        instructions:
          'Leave the URL where only an intruder finds it: a bookmark, a wiki page, a note. Whoever opens it is seen.',
      }
    case 'aws_keys':
      return { artifact: awsCredentials(url, secret), instructions: AWS_INSTRUCTIONS }
    case 'document':
      return { artifact: decoyDocument(url), instructions: DOCUMENT_INSTRUCTIONS }
    case 'login_form':
      return {
        artifact: null,
        instructions:
          'Link to the page as if it were an internal login. Opening it is seen, and so is every name that is tried; no login ever succeeds.',
      }
    case 'canarytokens':
      return {
        artifact: null,
        instructions: 'On Canarytokens, enter the URL as the webhook of the token ("webhook URL to notify").',
      }
    case 'opencanary':
      return {
        artifact: {
          ...PLAIN,
          filename: 'opencanary-webhook.json',
          media_type: 'application/json',
          content: `${JSON.stringify(openCanaryHandler(url), null, 2)}\n`,
        },
        instructions:
          "Merge the file into opencanary.conf; it goes to logger.kwargs.handlers. Every line of OpenCanary's log is then a canary.",
      }
  }
}

const PLAIN = { media_type: 'text/plain', encoding: 'utf8' } as const

/** What triggers each kind that is a file, and where to leave it. */
const FILE_INSTRUCTIONS = {
  docx: 'Leave the file on a share. Word and LibreOffice load its linked image when somebody opens it. Word loads nothing in Protected View, until editing is enabled; LibreOffice loads nothing from places that its settings block.',
  pdf: 'Leave the file on a share. Opening it requests the URL where the reader permits that: most ask first, and the viewers of browsers do nothing. A click on the page opens the URL in all of them.',
  git_repository:
    'Unpack the archive where an intruder looks: a home directory, a backup, a web root with an exposed .git. Its remote is the token: whoever runs git fetch or git pull, or opens the URL in .git/config, triggers it. Reading the files does not.',
  kubeconfig:
    'Leave the file as ~/.kube/config of a decoy host, or in a repository. Every request of kubectl or another client that uses it triggers the token; its path shows what was asked for.',
  env_file:
    'Leave the file as .env in a web root, a repository or a backup; browsers save it as env, without the dot. A request to ADMIN_API_URL triggers the token; reading the file does not.',
  wireguard:
    'Leave the file as /etc/wireguard/wg0.conf of a decoy host, or in a backup. Whoever brings the interface up resolves its endpoint, and that lookup triggers the token. No tunnel is ever made. The recorded address is that of the resolver.',
  robots_txt:
    'Serve the file as /robots.txt of the host of the URL; on another web server, add its Disallow line and redirect that path to the URL. Programs that honour robots.txt stay away, so whoever requests the path was looking for what is hidden.',
  mcp_server:
    'Merge the file into the configuration of an MCP client (.mcp.json of a project, or that of a desktop assistant) where an intruder or a hijacked agent finds it. A client that connects triggers the token; a call of its tool is recorded with its arguments. The tool returns an error and no data.',
  sql_dump: 'Leave the file in a backup or on a share. Whoever opens the URL in its rows triggers the token.',
} as const
const SQL_WITH_DNS =
  "Importing it triggers the token as well: its last statements make the server that imports it a replica of the token's name, which is looked up. They replace the replication settings of that server, so never import it into a server of yours."
const SQL_WITHOUT_DNS = 'Importing it triggers the token only where CANARY_DNS_ZONE is set.'
const DNS_INSTRUCTIONS =
  'Write the name where only an intruder finds it: a list of hosts, a script, a shell history. Looking it up triggers the token, even where nothing can connect. Labels before it are recorded (data.NAME). The recorded address is that of the resolver, not of the intruder; a client subnet is added where the resolver sends one.'

type BinaryKind = 'docx' | 'pdf' | 'git_repository'

function binaryFileOf(kind: BinaryKind, url: string): CanaryArtifact {
  const file = BINARY_FILES[kind]
  return {
    filename: file.filename,
    media_type: file.media_type,
    encoding: 'base64',
    content: file.contentWith(url).toString('base64'),
  }
}

const BINARY_FILES = {
  docx: {
    filename: 'service-accounts.docx',
    media_type: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    contentWith: docxWith,
  },
  pdf: { filename: 'service-accounts.pdf', media_type: 'application/pdf', contentWith: pdfWith },
  git_repository: {
    filename: 'deploy-scripts.zip',
    media_type: 'application/zip',
    contentWith: gitRepositoryWith,
  },
} as const

type TextKind = 'kubeconfig' | 'env_file' | 'wireguard' | 'robots_txt' | 'mcp_server'

function textFileOf(kind: TextKind, { url, secret }: BaitPlace): CanaryArtifact {
  switch (kind) {
    case 'kubeconfig':
      return { ...PLAIN, filename: 'config', content: kubeconfigOf(url, secret) }
    case 'env_file':
      return { ...PLAIN, filename: '.env', content: envFileOf(url, secret) }
    case 'wireguard':
      return { ...PLAIN, filename: 'wg0.conf', content: wireguardOf(url, secret) }
    case 'robots_txt':
      return { ...PLAIN, filename: 'robots.txt', content: robotsOf(url) }
    case 'mcp_server':
      return {
        ...PLAIN,
        filename: 'mcp.json',
        media_type: 'application/json',
        content: mcpConfigurationOf(url),
      }
  }
}

const AWS_INSTRUCTIONS =
  'Leave the file where an intruder looks for it (~/.aws/credentials of a decoy host, a repository, a share). Tools that read the profile send their requests to its endpoint_url, and so to EvilTwin, with the access key they used.'

const DOCUMENT_INSTRUCTIONS =
  'Leave the file on a share. Word and LibreOffice load its remote image when somebody opens it; the same goes for a browser.'

/** An AWS profile whose endpoint is ours (AWS SDKs reference guide, "Service-specific endpoints": `endpoint_url`). */
function awsCredentials(url: string, secret: string): CanaryArtifact {
  const digest = createHash('sha512').update(`aws ${secret}`).digest()
  // Key ids are base 32 behind a prefix that names their type; this prefix is that of long-term keys.
  const keyId = `AKIA${base32(digest.subarray(0, 10)).slice(0, 16)}`
  const secretKey = digest.subarray(10, 40).toString('base64')
  return {
    ...PLAIN,
    filename: 'credentials',
    content: [
      '[default]',
      `aws_access_key_id = ${keyId}`,
      `aws_secret_access_key = ${secretKey}`,
      'region = eu-central-1',
      `endpoint_url = ${url}`,
      '',
    ].join('\n'),
  }
}

/** RFC 4648 alphabet. */
function base32(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  return (bits.match(/.{5}/g) ?? [])
    .map((five) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[Number.parseInt(five, 2)])
    .join('')
}

/** HTML under Word's name: Word and LibreOffice open it as a document and load what it refers to. */
function decoyDocument(url: string): CanaryArtifact {
  return {
    ...PLAIN,
    filename: 'passwords-2026.doc',
    media_type: 'application/msword',
    content: [
      '<html xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:w="urn:schemas-microsoft-com:office:word">',
      '<head><meta charset="utf-8"><title>Passwords</title></head>',
      '<body><h1>Service accounts</h1><p>This document is protected. Ask the service desk for access.</p>',
      `<img src="${url}" width="1" height="1" alt=""></body></html>`,
      '',
    ].join('\n'),
  }
}

function openCanaryHandler(url: string): object {
  return {
    logger: {
      class: 'PyLogger',
      kwargs: {
        handlers: {
          Webhook: {
            class: 'opencanary.logger.WebhookHandler',
            url,
            method: 'POST',
            // Without it, OpenCanary sends a form; with it, JSON.
            headers: { 'Content-Type': 'application/json' },
            data: { message: '%(message)s' },
            status_code: 200,
          },
        },
      },
    },
  }
}
