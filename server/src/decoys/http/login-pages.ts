import type { DecoyIdentity } from '../decoy.js'
import { escapeHtml } from './http-profile.js'

/** A page where credentials are asked for. */
export interface LoginPage {
  /** Ends an action, such as `http.login.wordpress`. */
  name: string
  /** Paths that it is for, in lower case; each also with a slash at its end. */
  paths: readonly string[]
  /** @param message that is shown, of a login that failed; empty: none. */
  html(message: string): string
  /** Asks with HTTP Basic, as this realm, and not with a form. */
  realm?: string
  /** Headers beside those of the server. */
  headers?: Readonly<Record<string, string>>
  /** What a failed login is answered with. */
  failure: { status: number; message: string }
}

const ROUTERS = [
  'RT-AC66U',
  'TL-WR841N',
  'DIR-825',
  'Archer C7',
  'WNDR3700',
  'RB951',
  'VMG3925',
  'FRITZ!Box 7490',
] as const
const VPNS = [
  'SSL VPN Service',
  'Secure Remote Access',
  'Remote Access Portal',
  'Employee VPN',
  'Gateway Login',
] as const
const JENKINS = ['2.319.1', '2.346.3', '2.361.4', '2.387.3', '2.401.3', '2.426.1'] as const
const TOMCAT = ['8.5.57', '8.5.78', '9.0.31', '9.0.58', '9.0.70', '10.1.5'] as const
const PMA = ['4.9.5', '5.0.4', '5.1.1', '5.2.0', '5.2.1'] as const
const WORDPRESS = ['5.8.1', '5.9.3', '6.0.2', '6.1.1', '6.2.2', '6.4.2'] as const

export function loginPagesOf(identity: DecoyIdentity): readonly LoginPage[] {
  return [
    wordpress(identity),
    phpMyAdmin(identity),
    jenkins(identity),
    tomcat(identity),
    vpn(identity),
    router(identity),
  ]
}

const notice = (message: string) =>
  message === '' ? '' : `<div class="error" id="login_error">${escapeHtml(message)}</div>`

function page(title: string, body: string, head = ''): string {
  return `<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>${title}</title>\n${head}</head>\n<body>\n${body}</body>\n</html>\n`
}

function form(
  action: string,
  fields: readonly (readonly [label: string, name: string, type: string])[],
  button: string,
): string {
  const inputs = fields.map(
    ([label, name, type]) => `<p><label>${label} <input type="${type}" name="${name}"></label></p>\n`,
  )
  return `<form method="post" action="${action}">\n${inputs.join('')}<p><input type="submit" value="${button}"></p>\n</form>\n`
}

function wordpress(identity: DecoyIdentity): LoginPage {
  const version = identity.choose('wordpress', WORDPRESS)
  const head = `<link rel="stylesheet" href="/wp-admin/css/login.min.css?ver=${version}">\n<meta name="generator" content="WordPress ${version}">\n`
  return {
    name: 'wordpress',
    paths: ['/wp-login.php', '/wp-admin', '/wordpress/wp-login.php', '/blog/wp-login.php'],
    headers: { 'Set-Cookie': 'wordpress_test_cookie=WP%20Cookie%20check; path=/' },
    failure: { status: 200, message: 'Error: The password you entered is incorrect. Lost your password?' },
    html: (message) =>
      page(
        `Log In &lsaquo; ${identity.hostName} &#8212; WordPress`,
        `<div id="login">\n${notice(message)}${form(
          '/wp-login.php',
          [
            ['Username or Email Address', 'log', 'text'],
            ['Password', 'pwd', 'password'],
          ],
          'Log In',
        )}</div>\n`,
        head,
      ),
  }
}

function phpMyAdmin(identity: DecoyIdentity): LoginPage {
  const version = identity.choose('phpmyadmin', PMA)
  return {
    name: 'phpmyadmin',
    paths: [
      '/phpmyadmin',
      '/phpmyadmin/index.php',
      '/pma',
      '/pma/index.php',
      '/mysql',
      '/dbadmin',
      '/myadmin',
    ],
    failure: { status: 200, message: 'Cannot log in to the MySQL server' },
    html: (message) =>
      page(
        'phpMyAdmin',
        `<h1>Welcome to phpMyAdmin</h1>\n${notice(message)}${form(
          'index.php',
          [
            ['Username:', 'pma_username', 'text'],
            ['Password:', 'pma_password', 'password'],
          ],
          'Go',
        )}`,
        `<link rel="stylesheet" href="themes/pmahomme/css/theme.css?v=${version}">\n`,
      ),
  }
}

function jenkins(identity: DecoyIdentity): LoginPage {
  const version = identity.choose('jenkins', JENKINS)
  return {
    name: 'jenkins',
    paths: [
      '/jenkins',
      '/jenkins/login',
      '/jenkins/j_spring_security_check',
      '/j_spring_security_check',
      '/j_acegi_security_check',
      '/jenkins/script',
      '/script',
    ],
    headers: { 'X-Jenkins': version, 'X-Hudson': '1.395' },
    failure: { status: 401, message: 'Invalid username or password' },
    html: (message) =>
      page(
        'Sign in [Jenkins]',
        `<h1>Welcome to Jenkins!</h1>\n${notice(message)}${form(
          'j_spring_security_check',
          [
            ['Username', 'j_username', 'text'],
            ['Password', 'j_password', 'password'],
          ],
          'Sign in',
        )}`,
      ),
  }
}

function tomcat(identity: DecoyIdentity): LoginPage {
  const version = identity.choose('tomcat', TOMCAT)
  return {
    name: 'tomcat',
    paths: ['/manager/html', '/manager/text', '/host-manager/html', '/manager/status'],
    realm: 'Tomcat Manager Application',
    failure: { status: 401, message: '' },
    html: () =>
      page(
        '401 Unauthorized',
        `<h1>401 Unauthorized</h1>\n<p>You are not authorized to view this page. If you have not changed any configuration files, please examine the file <tt>conf/tomcat-users.xml</tt> in your installation.</p>\n<hr>\n<h3>Apache Tomcat/${version}</h3>\n`,
      ),
  }
}

function vpn(identity: DecoyIdentity): LoginPage {
  const title = identity.choose('vpn', VPNS)
  return {
    name: 'vpn',
    paths: [
      '/vpn',
      '/remote/login',
      '/remote/logincheck',
      '/dana-na/auth/url_default/welcome.cgi',
      '/+cscoe+/logon.html',
      '/global-protect/login.esp',
      '/sslvpn',
    ],
    failure: { status: 200, message: 'Login failed. Check your user name and password.' },
    html: (message) =>
      page(
        title,
        `<h2>${title}</h2>\n${notice(message)}${form(
          '/remote/logincheck',
          [
            ['Name', 'username', 'text'],
            ['Password', 'credential', 'password'],
          ],
          'Login',
        )}`,
      ),
  }
}

function router(identity: DecoyIdentity): LoginPage {
  const model = identity.choose('router', ROUTERS)
  return {
    name: 'router',
    paths: [
      '/admin',
      '/admin/login',
      '/login',
      '/login.htm',
      '/login.html',
      '/login.php',
      '/login.cgi',
      '/cgi-bin/luci',
      '/index.asp',
      '/user/login',
      '/signin',
      '/auth/login',
    ],
    failure: { status: 200, message: 'The user name or password is not correct.' },
    html: (message) =>
      page(
        `${model} - Login`,
        `<h2>${model}</h2>\n${notice(message)}${form(
          '',
          [
            ['User name', 'username', 'text'],
            ['Password', 'password', 'password'],
          ],
          'Log in',
        )}`,
      ),
  }
}
