import type { DecoyIdentity } from '../decoy.js'
import { type Codename, distributionOf } from '../shell/machine.js'

/** How the server presents itself. */
export interface HttpProfile {
  /** The header Server. */
  server: string
  /** The header X-Powered-By; null: none. */
  poweredBy: string | null
  kind: 'apache' | 'nginx' | 'lighttpd'
  hostName: string
  /** The pages of errors, as this server makes them. */
  errorPage(status: number, host: string): string
}

/** Versions that one release of a distribution has. */
interface Packages {
  apache: string
  nginx: string
  lighttpd: string
  php: string
}

/** As the shell of the same host states it. */
const PACKAGES: Readonly<Record<Codename, Packages>> = {
  jammy: { apache: '2.4.52 (Ubuntu)', nginx: '1.18.0 (Ubuntu)', lighttpd: '1.4.63', php: '8.1.2' },
  focal: { apache: '2.4.41 (Ubuntu)', nginx: '1.18.0 (Ubuntu)', lighttpd: '1.4.55', php: '7.4.3' },
  bookworm: { apache: '2.4.57 (Debian)', nginx: '1.22.1', lighttpd: '1.4.69', php: '8.2.7' },
  bullseye: { apache: '2.4.56 (Debian)', nginx: '1.18.0', lighttpd: '1.4.59', php: '7.4.33' },
}
/** From the repository of nginx itself, whatever the distribution. */
const NGINX_OF_ITS_OWN = ['1.24.0', '1.25.3', '1.26.1'] as const

/** What each server calls a status. */
const REASONS: Readonly<Record<number, readonly [title: string, text: string]>> = {
  400: ['Bad Request', 'Your browser sent a request that this server could not understand.<br />\n'],
  401: [
    'Unauthorized',
    'This server could not verify that you\nare authorized to access the document\nrequested.',
  ],
  403: ['Forbidden', "You don't have permission to access this resource."],
  404: ['Not Found', 'The requested URL was not found on this server.'],
  405: ['Method Not Allowed', 'The requested method is not allowed for this URL.'],
  408: ['Request Timeout', 'Server timeout waiting for the HTTP request from the client.'],
  413: [
    'Request Entity Too Large',
    'The requested resource does not allow\nrequest data with this request, or the amount of data provided in the request exceeds the capacity limit.',
  ],
  500: [
    'Internal Server Error',
    'The server encountered an internal error or\nmisconfiguration and was unable to complete\nyour request.',
  ],
  501: ['Not Implemented', 'Method not supported for current URL.<br />\n'],
}

export function reasonOf(status: number): string {
  return REASONS[status]?.[0] ?? 'Error'
}

export function httpProfileOf(identity: DecoyIdentity): HttpProfile {
  const { hostName } = identity
  const packages = PACKAGES[distributionOf(identity).codename]
  const php = `PHP/${packages.php}`
  const poweredBy = identity.choose('http powered by', [php, php, null])
  const apache = `Apache/${packages.apache}`
  const nginx = `nginx/${identity.choose('http nginx', [packages.nginx, packages.nginx, ...NGINX_OF_ITS_OWN])}`
  const lighttpd = `lighttpd/${packages.lighttpd}`
  return identity.choose<HttpProfile>('http server', [
    { kind: 'apache', server: apache, poweredBy, hostName, errorPage: apachePage(apache) },
    { kind: 'apache', server: apache, poweredBy, hostName, errorPage: apachePage(apache) },
    { kind: 'nginx', server: nginx, poweredBy, hostName, errorPage: nginxPage(nginx) },
    { kind: 'nginx', server: nginx, poweredBy, hostName, errorPage: nginxPage(nginx) },
    { kind: 'lighttpd', server: lighttpd, poweredBy, hostName, errorPage: lighttpdPage },
  ])
}

function apachePage(server: string) {
  return (status: number, host: string) => {
    const [title, text] = REASONS[status] ?? ['Error', '']
    return `<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">\n<html><head>\n<title>${status} ${title}</title>\n</head><body>\n<h1>${title}</h1>\n<p>${text}</p>\n<hr>\n<address>${server} Server at ${host} Port 80</address>\n</body></html>\n`
  }
}

function nginxPage(server: string) {
  return (status: number) => {
    const title = `${status} ${reasonOf(status)}`
    return `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n<hr><center>${server}</center>\r\n</body>\r\n</html>\r\n`
  }
}

function lighttpdPage(status: number): string {
  const title = `${status} ${reasonOf(status)}`
  return `<?xml version="1.0" encoding="iso-8859-1"?>\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN"\n         "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">\n<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en" lang="en">\n <head>\n  <title>${title}</title>\n </head>\n <body>\n  <h1>${title}</h1>\n </body>\n</html>\n`
}

/** Text between tags or in an attribute. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
