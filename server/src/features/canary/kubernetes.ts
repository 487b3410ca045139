import type { Answer } from './answer.js'

const USER = 'system:serviceaccount:payments:deploy'
/** What an intruder may think of asking for; `kubectl` asks for nothing that a server does not list. */
const RESOURCES = [
  ['configmaps', 'ConfigMap', true],
  ['namespaces', 'Namespace', false],
  ['nodes', 'Node', false],
  ['pods', 'Pod', true],
  ['secrets', 'Secret', true],
  ['serviceaccounts', 'ServiceAccount', true],
  ['services', 'Service', true],
] as const

/** `/api/v1/namespaces/NAMESPACE/RESOURCE/...`, or without a namespace. */
const OBJECT = /^\/api\/v1\/(?:namespaces\/([^/]+)\/)?([^/]+)(\/[^/]+)?/
const MAX_NAME = 100

/**
 * Answers as an API server whose user may see what there is, and may do nothing with it: clients ask for what a server has before they ask
 * for what their user wants.
 * Format: Kubernetes API (meta/v1 APIVersions, APIGroupList, APIResourceList and Status; version.Info).
 * @param path behind the URL of the token.
 */
export function answerKubernetes(method: string, path: string): Answer {
  const found = method === 'GET' ? DISCOVERY[path.replace(/\/+$/, '')] : undefined
  return found === undefined ? json(403, forbidden(method, path)) : json(200, found)
}

const DISCOVERY: Readonly<Record<string, object>> = {
  '/version': { major: '1', minor: '29', gitVersion: 'v1.29.4', platform: 'linux/amd64' },
  '/api': { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] },
  '/apis': { kind: 'APIGroupList', apiVersion: 'v1', groups: [] },
  '/api/v1': {
    kind: 'APIResourceList',
    groupVersion: 'v1',
    resources: RESOURCES.map(([name, kind, namespaced]) => ({
      name,
      singularName: kind.toLowerCase(),
      namespaced,
      kind,
      verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
    })),
  },
}

const VERBS: Readonly<Record<string, string>> = {
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
}

/** In the words of an API server. */
function forbidden(method: string, path: string): object {
  const [, namespace, resource, name] = OBJECT.exec(path) ?? []
  const verb = VERBS[method] ?? (name === undefined ? 'list' : 'get')
  const where =
    namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace.slice(0, MAX_NAME)}"`
  const shown = resource?.slice(0, MAX_NAME)
  const message =
    shown === undefined
      ? `forbidden: User "${USER}" cannot ${verb} path "${path.slice(0, MAX_NAME)}"`
      : `${shown} is forbidden: User "${USER}" cannot ${verb} resource "${shown}" in API group "" ${where}`
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason: 'Forbidden',
    details: shown === undefined ? {} : { kind: shown },
    code: 403,
  }
}

const json = (status: number, value: object): Answer => ({
  status,
  type: 'application/json',
  body: `${JSON.stringify(value)}\n`,
})
