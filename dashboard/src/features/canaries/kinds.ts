import type { CanaryKind } from '@eviltwin/contract'

export const GROUPS = ['Web', 'Files', 'DNS', 'Other systems'] as const

/** What people read about a kind of canary token. */
export interface KindWords {
  kind: CanaryKind
  name: string
  group: (typeof GROUPS)[number]
  /** Where it is placed. */
  place: string
  /** What triggers it. */
  trigger: string
}

/** In the order of the list; the server has longer instructions for each token. */
export const KINDS: readonly KindWords[] = [
  {
    kind: 'link',
    name: 'Link',
    group: 'Web',
    place: 'A bookmark, a wiki page or a note that nobody has a reason to read',
    trigger: 'Opening it',
  },
  {
    kind: 'web_bug',
    name: 'Invisible image',
    group: 'Web',
    place: 'An internal page or an e-mail',
    trigger: 'Displaying the page or the message with its images',
  },
  {
    kind: 'login_form',
    name: 'Login form',
    group: 'Web',
    place: 'A link to it, as to an internal login',
    trigger: 'Opening it, and each login; no login succeeds',
  },
  {
    kind: 'robots_txt',
    name: 'robots.txt',
    group: 'Web',
    place: 'The root of a web server',
    trigger: 'Requesting the path that the file hides',
  },
  {
    kind: 'mcp_server',
    name: 'MCP server',
    group: 'Web',
    place: 'The configuration of an MCP client, such as .mcp.json of a project',
    trigger: 'Connecting to it, and each call of its tool',
  },
  {
    kind: 'docx',
    name: 'Word document (DOCX)',
    group: 'Files',
    place: 'A share or a mailbox',
    trigger: 'Opening it in Word (once editing is enabled) or LibreOffice',
  },
  {
    kind: 'document',
    name: 'Word document (HTML)',
    group: 'Files',
    place: 'A share or a mailbox',
    trigger: 'Opening it in a word processor or a browser',
  },
  {
    kind: 'pdf',
    name: 'PDF',
    group: 'Files',
    place: 'A share or a mailbox',
    trigger: 'Opening it where the reader permits requests, and clicking its page',
  },
  {
    kind: 'aws_keys',
    name: 'AWS keys',
    group: 'Files',
    place: '~/.aws/credentials of a decoy host, a repository or a share',
    trigger: 'Using the profile; the hit has the access key',
  },
  {
    kind: 'kubeconfig',
    name: 'kubeconfig',
    group: 'Files',
    place: '~/.kube/config of a decoy host, or a repository',
    trigger: 'Each request of kubectl; the hit has its path',
  },
  {
    kind: 'env_file',
    name: '.env file',
    group: 'Files',
    place: 'A web root, a repository or a backup',
    trigger: 'Requesting the admin URL in it',
  },
  {
    kind: 'git_repository',
    name: 'Git repository',
    group: 'Files',
    place: 'A home directory, a backup, or a web root with an exposed .git',
    trigger: 'git fetch or git pull, and opening the URL of its remote',
  },
  {
    kind: 'sql_dump',
    name: 'SQL dump',
    group: 'Files',
    place: 'A backup or a share; never import it into a server of yours',
    trigger: 'Opening the URL in its rows; with a zone in the DNS, importing it',
  },
  {
    kind: 'dns',
    name: 'DNS name',
    group: 'DNS',
    place: 'A list of hosts, a script or a shell history',
    trigger: 'Looking it up, even where nothing can connect',
  },
  {
    kind: 'wireguard',
    name: 'WireGuard configuration',
    group: 'DNS',
    place: '/etc/wireguard/wg0.conf of a decoy host, or a backup',
    trigger: 'Bringing the interface up, which looks its endpoint up',
  },
  {
    kind: 'canarytokens',
    name: 'Canarytokens webhook',
    group: 'Other systems',
    place: 'The webhook of a token on Canarytokens',
    trigger: 'What that system reports',
  },
  {
    kind: 'opencanary',
    name: 'OpenCanary webhook',
    group: 'Other systems',
    place: 'logger.kwargs.handlers of opencanary.conf',
    trigger: 'Each line of its log',
  },
]

export function kindName(kind: CanaryKind): string {
  return KINDS.find((words) => words.kind === kind)?.name ?? kind
}
