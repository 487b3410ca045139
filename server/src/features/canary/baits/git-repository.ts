import { createHash } from 'node:crypto'
import { deflateSync } from 'node:zlib'
import { strToU8, type Zippable, zipSync } from 'fflate'

const FOLDER = 'deploy-scripts'
/** The earliest time that a zip archive can have, so that a token's file is the same each time it is made. */
const MADE_AT = new Date(1980, 0, 1, 12)
const README =
  '# Deploy scripts\n\nThe scripts are on the branch `production`: `git fetch && git checkout production`.\n'
const AUTHOR = 'deploy <deploy@localhost> 1767261600 +0000'

/**
 * A zip archive of a Git repository with one commit, whose remote is `url`: whoever fetches or pulls sends a request there.
 * Format: gitformat-loose (objects), gitrepository-layout.
 */
export function gitRepositoryWith(url: string): Buffer {
  const readme = objectOf('blob', strToU8(README))
  const tree = objectOf(
    'tree',
    Buffer.concat([Buffer.from('100644 README.md\0'), Buffer.from(readme.id, 'hex')]),
  )
  const commit = objectOf(
    'commit',
    strToU8(`tree ${tree.id}\nauthor ${AUTHOR}\ncommitter ${AUTHOR}\n\nAdd README\n`),
  )
  const config = [
    '[core]',
    '\trepositoryformatversion = 0',
    '\tfilemode = true',
    '\tbare = false',
    '[remote "origin"]',
    `\turl = ${url}`,
    '\tfetch = +refs/heads/*:refs/remotes/origin/*',
    '[branch "main"]',
    '\tremote = origin',
    '\tmerge = refs/heads/main',
    '',
  ].join('\n')
  const files: Zippable = {
    [`${FOLDER}/README.md`]: strToU8(README),
    [`${FOLDER}/.git/HEAD`]: strToU8('ref: refs/heads/main\n'),
    [`${FOLDER}/.git/config`]: strToU8(config),
    [`${FOLDER}/.git/refs/heads/main`]: strToU8(`${commit.id}\n`),
  }
  for (const { id, bytes } of [readme, tree, commit])
    files[`${FOLDER}/.git/objects/${id.slice(0, 2)}/${id.slice(2)}`] = bytes
  return Buffer.from(zipSync(files, { mtime: MADE_AT }))
}

function objectOf(type: string, content: Uint8Array): { id: string; bytes: Buffer } {
  const whole = Buffer.concat([Buffer.from(`${type} ${content.length}\0`), content])
  return { id: createHash('sha1').update(whole).digest('hex'), bytes: deflateSync(whole) }
}
