import { expect, test } from 'vitest'
import { clientName } from './client-name'

test.each([
  ['Mozilla/4.0 (compatible; ms-office; MSOffice 16)', 'Microsoft Office'],
  ['LibreOffice 7.4.7.2 denylistedbackend/7.88.1 OpenSSL/3.0.15', 'LibreOffice'],
  ['kubectl/v1.32.4 (linux/amd64) kubernetes/59526cd', 'kubectl'],
  ['git/2.39.5', 'Git'],
  ['curl/7.88.1', 'curl'],
  ['Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)', 'a crawler or link preview'],
  [
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0.0.0 Safari/537.36 Edg/129.0.0.0',
    'Edge',
  ],
  [
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0.0.0 Safari/537.36',
    'Chrome',
  ],
  ['', null],
  ['<script>alert(1)</script>', null],
])('%s is %s', (userAgent, name) => {
  expect(clientName(userAgent)).toBe(name)
})
