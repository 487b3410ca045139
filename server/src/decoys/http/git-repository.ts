import { createHash } from 'node:crypto'
import { deflateSync } from 'node:zlib'
import type { BaitSecrets } from '../bait/bait-secrets.js'
import type { DecoyIdentity } from '../decoy.js'

/** Files of a folder `.git` that git itself can clone, by their path below it. */
export type GitFiles = ReadonlyMap<string, Buffer>

const DAY_S = 86_400
const AUTHORS = [
  'Jan Novak',
  'Maria Rossi',
  'Tom Becker',
  'Anna Lindqvist',
  'Piotr Zielinski',
  'Lucy Ward',
] as const
const BRANCHES = ['master', 'main'] as const

/**
 * A repository of two files with secrets of bait, and one commit. Loose objects as in
 * https://git-scm.com/book/en/v2/Git-Internals-Git-Objects
 * @param now milliseconds since 1970.
 */
export function gitFilesOf(identity: DecoyIdentity, bait: BaitSecrets, now: number): GitFiles {
  const files = new Map<string, Buffer>()
  function add(type: string, content: Buffer): string {
    const object = Buffer.concat([Buffer.from(`${type} ${content.length}\0`), content])
    const id = createHash('sha1').update(object).digest('hex')
    files.set(`objects/${id.slice(0, 2)}/${id.slice(2)}`, deflateSync(object))
    return id
  }
  const blobs = [
    ['README.md', `# ${identity.hostName}\n\nDeploy with \`make deploy\`. Secrets are in config.php.\n`],
    ['config.php', configFile(bait)],
  ] as const
  const entries = blobs.map(([name, text]) => {
    const id = Buffer.from(add('blob', Buffer.from(text)), 'hex')
    return Buffer.concat([Buffer.from(`100644 ${name}\0`), id])
  })
  const tree = add('tree', Buffer.concat(entries))
  const author = identity.choose('git author', AUTHORS)
  const email = `${author.toLowerCase().replace(' ', '.')}@${identity.hostName}.lan`
  const age = (20 + (identity.derive('git age', 1)[0] ?? 0)) * DAY_S
  const signature = `${author} <${email}> ${Math.floor(now / 1_000) - age} +0100`
  const commit = add(
    'commit',
    Buffer.from(`tree ${tree}\nauthor ${signature}\ncommitter ${signature}\n\nMove settings to config.php\n`),
  )
  const branch = identity.choose('git branch', BRANCHES)
  const remote = `https://deploy:${bait.gitToken}@git.${identity.hostName}.lan/web/site.git`
  const texts: ReadonlyArray<readonly [string, string]> = [
    ['HEAD', `ref: refs/heads/${branch}\n`],
    [
      'config',
      `[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n\tlogallrefupdates = true\n[remote "origin"]\n\turl = ${remote}\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n[branch "${branch}"]\n\tremote = origin\n\tmerge = refs/heads/${branch}\n`,
    ],
    ['description', "Unnamed repository; edit this file 'description' to name the repository.\n"],
    [`refs/heads/${branch}`, `${commit}\n`],
    ['info/refs', `${commit}\trefs/heads/${branch}\n`],
    ['objects/info/packs', '\n'],
    ['logs/HEAD', `${'0'.repeat(40)} ${commit} ${signature}\tclone: from ${remote}\n`],
  ]
  for (const [path, text] of texts) files.set(path, Buffer.from(text))
  return files
}

function configFile(bait: BaitSecrets): string {
  return `<?php\ndefine('DB_HOST', '127.0.0.1');\ndefine('DB_USER', '${bait.databaseUser}');\ndefine('DB_PASSWORD', '${bait.databasePassword}');\ndefine('SECRET_KEY', '${bait.jwtSecret}');\n`
}
