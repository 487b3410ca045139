import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
  retainSearchParams,
} from '@tanstack/react-router'
import { Failed } from '../components/states'
import { Overview } from '../features/overview/overview'
import {
  readAlertSearch,
  readEvidenceSearch,
  readSensorSearch,
  readSessionSearch,
  readTabSearch,
} from './context/filters'
import { readGlobalSearch } from './context/search'
import { Shell } from './shell'

const root = createRootRoute({
  component: Shell,
  validateSearch: readGlobalSearch,
  search: { middlewares: [retainSearchParams(['range', 'paused'])] },
  errorComponent: ({ error, reset }) => <Failed error={error as Error} onRetry={reset} />,
  notFoundComponent: () => <p className="py-8 text-center">Page not found.</p>,
})

const getParentRoute = () => root
const at = <Path extends string>(path: Path) => ({ getParentRoute, path })

const routes = [
  createRoute({
    ...at('/'),
    beforeLoad: () => {
      throw redirect({ to: '/dashboard' })
    },
  }),
  createRoute({ ...at('/dashboard'), component: Overview }),
  createRoute({
    ...at('/dashboard/sessions'),
    validateSearch: readSessionSearch,
    component: lazyRouteComponent(() => import('../features/sessions/sessions'), 'Sessions'),
  }),
  createRoute({
    ...at('/dashboard/sessions/$id'),
    component: lazyRouteComponent(() => import('../features/session/session'), 'SessionPage'),
  }),
  createRoute({
    ...at('/dashboard/attackers'),
    validateSearch: readSessionSearch,
    component: lazyRouteComponent(() => import('../features/attackers/attackers'), 'Attackers'),
  }),
  createRoute({
    ...at('/dashboard/attackers/$ip'),
    component: lazyRouteComponent(() => import('../features/attackers/attacker'), 'AttackerPage'),
  }),
  createRoute({
    ...at('/dashboard/alerts'),
    validateSearch: readAlertSearch,
    component: lazyRouteComponent(() => import('../features/alerts/alerts'), 'Alerts'),
  }),
  createRoute({
    ...at('/dashboard/techniques'),
    component: lazyRouteComponent(() => import('../features/techniques/techniques'), 'Techniques'),
  }),
  createRoute({
    ...at('/dashboard/feeds'),
    component: lazyRouteComponent(() => import('../features/feeds/feeds'), 'Feeds'),
  }),
  createRoute({
    ...at('/dashboard/canaries'),
    component: lazyRouteComponent(() => import('../features/canaries/canaries'), 'Canaries'),
  }),
  createRoute({
    ...at('/dashboard/sensors'),
    validateSearch: readSensorSearch,
    component: lazyRouteComponent(() => import('../features/sensors/sensors'), 'Sensors'),
  }),
  createRoute({
    ...at('/dashboard/evidence'),
    validateSearch: readEvidenceSearch,
    component: lazyRouteComponent(() => import('../features/evidence/evidence'), 'Evidence'),
  }),
  createRoute({
    ...at('/dashboard/synthetic'),
    component: lazyRouteComponent(() => import('../features/synthetic/synthetic'), 'Synthetic'),
  }),
  createRoute({
    ...at('/dashboard/slos'),
    component: lazyRouteComponent(() => import('../features/slos/slos'), 'Slos'),
  }),
  createRoute({
    ...at('/dashboard/slos/$id'),
    component: lazyRouteComponent(() => import('../features/slos/slo'), 'SloPage'),
  }),
  createRoute({
    ...at('/dashboard/operations'),
    component: lazyRouteComponent(() => import('../features/operations/operations'), 'Operations'),
  }),
  createRoute({
    ...at('/dashboard/health'),
    component: lazyRouteComponent(() => import('../features/health/health'), 'Health'),
  }),
  createRoute({
    ...at('/dashboard/quarantine'),
    component: lazyRouteComponent(() => import('../features/quarantine/quarantine'), 'Quarantine'),
  }),
  createRoute({
    ...at('/dashboard/settings'),
    validateSearch: readTabSearch,
    component: lazyRouteComponent(() => import('../features/settings/settings'), 'Settings'),
  }),
] as const

export const router = createRouter({
  routeTree: root.addChildren([...routes]),
  defaultPreload: 'intent',
  scrollRestoration: true,
  // What no page knows, or knows to be wrong, is not there: links and bookmarks are typed by hand, too.
  search: { strict: true },
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
