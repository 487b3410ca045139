import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll } from 'vitest'
import { openBrowser, watchForProblems } from './browser.js'
import { createInstallation, type Installation, PASSWORD, type RunningServer } from './server-process.js'

/** A server and a browser that the tests of one file share. */
export interface PlatformOfFile extends Installation {
  server: RunningServer
  browser: Browser
  /** A page of 1400 × 900, and everything that it must not do; read `problems` at the end. */
  openPage(options?: BrowserContextOptions): Promise<{ page: Page; problems: string[] }>
}

/**
 * Starts a server whose administrator has {@link PASSWORD}, and a browser, before the tests of a file, and ends both after them. The members
 * of what it returns are there once the first `beforeAll` of the file runs.
 * @param args of `eviltwin start`.
 */
export function platformOfFile(environment: NodeJS.ProcessEnv = {}, ...args: string[]): PlatformOfFile {
  const platform = {} as PlatformOfFile
  beforeAll(async () => {
    Object.assign(platform, await createInstallation({ ADMIN_PASSWORD: PASSWORD, ...environment }))
    platform.server = await platform.start(...args)
    platform.browser = await openBrowser()
    platform.openPage = async (options) => {
      const page = await platform.browser.newPage({ viewport: { width: 1400, height: 900 }, ...options })
      return { page, problems: watchForProblems(page, platform.url) }
    }
  })
  afterAll(async () => {
    await platform.browser?.close()
    await platform.server?.kill('SIGTERM')
    platform.remove?.()
  })
  return platform
}
