import type { Page } from 'playwright-core'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { accessibilityProblems, expectNoSidewaysScroll, logIn, takePicture } from './browser.js'
import { platformOfFile } from './platform-of-file.js'

const platform = platformOfFile()
let page: Page
let problems: string[]

const send = (key: string, record: object) =>
  fetch(`${platform.url}/log`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ src_ip: '192.0.2.1', timestamp: new Date().toISOString(), ...record }),
  })

describe.each(['light', 'dark'] as const)('a new sensor in %s', (colorScheme) => {
  beforeEach(async () => {
    ;({ page, problems } = await platform.openPage({ colorScheme }))
    await page.goto(`${platform.url}/dashboard/sensors`)
    await logIn(page)
    await page.getByRole('heading', { name: 'Add sensor' }).waitFor()
  })
  afterEach(async () => {
    expect(problems).toEqual([])
    await page.close()
  })

  const createToken = async (sensor_id: string) => {
    await page.getByLabel('Sensor ID').fill(sensor_id)
    await page.getByRole('button', { name: 'Create token' }).click()
    await page.getByText('waiting for its enrolment').waitFor()
    const command = await page.getByText('npx --no -- eviltwin sensor enrol').innerText()
    return /EVILTWIN_TOKEN=(\S+)/.exec(command)?.[1] ?? ''
  }

  test('has its key filled in, and is seen when its first event arrives', async () => {
    await createToken(`cowrie-${colorScheme}`)
    expect(await accessibilityProblems(page)).toEqual([])
    await expectNoSidewaysScroll(page, 'Sensors')
    await takePicture(page, `add-sensor-token-${colorScheme}`)
    await page.getByRole('button', { name: 'Fill the key in here' }).click()
    await page.getByText('waiting for the first event').waitFor()
    await page.getByRole('tab', { name: 'Splunk HEC' }).click()
    await takePicture(page, `add-sensor-configuration-${colorScheme}`)
    const config = await page.getByText('[output_splunk]').innerText()
    const key = /token = (et_\S+)/.exec(config)?.[1] ?? ''
    expect((await send(key, { eventid: 'cowrie.session.connect', session: 'a' })).status).toBe(200)
    await page.getByText('received: recognised as cowrie').waitFor()
    await page.getByRole('link', { name: `cowrie-${colorScheme}` }).waitFor()
    expect(await accessibilityProblems(page)).toEqual([])
    await takePicture(page, `add-sensor-received-${colorScheme}`)
  })

  test('fits a narrow window, however long its id is', async () => {
    await page.setViewportSize({ width: 390, height: 800 })
    await createToken(`narrow-${colorScheme}-${'x'.repeat(80)}`)
    await page.getByRole('button', { name: 'Fill the key in here' }).click()
    await page.getByText('Copy the configuration now').waitFor()
    const panel = page.locator('section', { has: page.getByRole('heading', { name: 'Add sensor' }) })
    const rightEdges = await panel
      .locator('*')
      .evaluateAll((all) => all.map((each) => each.getBoundingClientRect().right))
    expect(Math.max(...rightEdges)).toBeLessThanOrEqual(390)
  })

  test('is enrolled once by the command line, and what is not recognised is named', async () => {
    const token = await createToken(`pot-${colorScheme}`)
    const enrol = (...args: string[]) => platform.run('sensor', 'enrol', '--token', token, ...args)
    const { code, stdout, stderr } = await enrol('--kind', 'opencanary')
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: expect.stringContaining(`Enrolled pot-${colorScheme}`),
    })
    await page.getByText('waiting for the first event').waitFor()
    const { headers, url } = JSON.parse(stdout).kwargs.handlers.Webhook
    expect(url).toBe(`${platform.url}/log`)
    const key = headers.Authorization.replace('Bearer ', '')
    expect((await send(key, { src_ip: 'nowhere' })).status).toBe(422)
    await page.getByText('received, not recognised: invalid_source_ip').waitFor()
    expect((await send(key, { username: 'root' })).status).toBe(200)
    await page.getByText('received: recognised as generic').waitFor()
    expect(await enrol()).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('was used, or has expired'),
    })
  })
})
