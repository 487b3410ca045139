import { randomBytes } from 'node:crypto'
import { createInterface } from 'node:readline/promises'
import { NewUser, Role, type User, UserPatch } from '@eviltwin/contract'
import { Command, Option } from 'commander'
import type { z } from 'zod'
import { auditCommand } from '../features/audit/commands.js'
import { createAuditStore } from '../features/audit/store.js'
import { type Accounts, createAccounts } from '../features/auth/accounts.js'
import { createPasswordPolicy } from '../features/auth/password-policy.js'
import { createPasswords } from '../features/auth/passwords.js'
import { createTokenStore } from '../features/auth/token-store.js'
import { createUserStore, type UserStore } from '../features/auth/user-store.js'
import { CliError } from './errors.js'
import { table } from './terminal.js'
import { withStore } from './with-store.js'

export function userCommand(): Command {
  const command = new Command('user').description('manage the users')
  const passwordStdin = [
    '--password-stdin',
    'read the password from standard input; otherwise one is generated',
  ] as const

  command
    .command('add')
    .description('add a user')
    .argument('<username>')
    .addOption(new Option('--role <role>').choices(Role.options).default('analyst'))
    .option(...passwordStdin)
    .action((username: string, options: { role: Role; passwordStdin?: boolean }) =>
      withAccounts(async (accounts, _users, audit) => {
        const password = await choosePassword(options)
        const user = await accounts.add(
          valid(NewUser, { username, password: password.text, role: options.role }),
        )
        await audit('user.add', user)
        console.log(
          `added ${user.username} (${user.role})${password.generated ? `, password: ${password.text}` : ''}`,
        )
      }),
    )
  command
    .command('list')
    .description('list the users')
    .option('--json', 'as JSON lines')
    .action(({ json }: { json?: boolean }) =>
      withAccounts(async (accounts) => {
        const users: User[] = []
        for (let cursor: string | undefined; ; ) {
          const page = await accounts.list(200, cursor)
          users.push(...page.items)
          if (page.next_cursor === null) break
          cursor = page.next_cursor
        }
        if (json) for (const user of users) console.log(JSON.stringify(user))
        else {
          const rows = users.map((user) => [
            user.username,
            user.role,
            user.disabled ? 'disabled' : 'active',
            user.last_login_at ?? 'never',
          ])
          console.log(table(['USERNAME', 'ROLE', 'STATE', 'LAST LOGIN'], rows))
        }
      }),
    )
  command
    .command('passwd')
    .description("set a user's password and end the user's logins")
    .argument('<username>')
    .option(...passwordStdin)
    .action((username: string, options: { passwordStdin?: boolean }) =>
      withAccounts(async (accounts, users, audit) => {
        const user = await users.findByName(username)
        if (!user) throw new CliError(`user ${username} was not found; see: eviltwin user list`)
        const password = await choosePassword(options)
        const after = await accounts.change(user.id, valid(UserPatch, { password: password.text }))
        await audit('user.change_password', after)
        console.log(
          `changed the password of ${user.username}${password.generated ? ` to ${password.text}` : ''}`,
        )
      }),
    )
  return command
}

type AuditUser = (action: string, user: User) => Promise<void>

function withAccounts(
  work: (accounts: Accounts, users: UserStore, audit: AuditUser) => Promise<void>,
): Promise<void> {
  return withStore((database) => {
    const users = createUserStore(database.app)
    const audits = createAuditStore(database.app)
    const accounts = createAccounts({
      users,
      tokens: createTokenStore(database.app),
      passwords: createPasswords(),
      policy: createPasswordPolicy(),
      now: Date.now,
    })
    return work(accounts, users, (action, user) =>
      auditCommand(audits, { action, target: { id: user.id, name: user.username }, after: user }, Date.now()),
    )
  })
}

/** Never an argument: those show in the process list and the shell's history. */
async function choosePassword({
  passwordStdin,
}: {
  passwordStdin?: boolean
}): Promise<{ text: string; generated: boolean }> {
  if (!passwordStdin) return { text: randomBytes(15).toString('base64url'), generated: true }
  for await (const line of createInterface({ input: process.stdin })) return { text: line, generated: false }
  throw new CliError('--password-stdin, but standard input is empty', 2)
}

function valid<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw new CliError(
    parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '),
    2,
  )
}
