import { execFileSync, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PostgresServer } from '../server/src/testing/postgres-servers.js'

/** pg_ctl on a test server. */
export function control({ bin, data, runAs }: PostgresServer, ...args: string[]): void {
  execFileSync(join(bin, 'pg_ctl'), ['-D', data, '-w', ...args], {
    cwd: '/',
    env: { LC_ALL: 'C' },
    stdio: 'ignore',
    ...runAs,
  })
}

/** Starts a stopped test server with the very options that it ran with before. */
export function restart({ bin, data, runAs }: PostgresServer): void {
  const [, ...options] =
    readFileSync(join(data, 'postmaster.opts'), 'utf8')
      .trim()
      .match(/"[^"]*"|\S+/g) ?? []
  const child = spawn(
    join(bin, 'postgres'),
    options.map((option) => option.replaceAll('"', '')),
    {
      cwd: '/',
      env: { LC_ALL: 'C' },
      stdio: 'ignore',
      detached: true,
      ...runAs,
    },
  )
  child.unref()
}
