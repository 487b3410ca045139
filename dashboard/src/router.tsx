import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
  retainSearchParams,
} from '@tanstack/react-router'
import { readAlertSearch, readSessionSearch, readTabSearch } from './pages/filters'
import { Overview } from './pages/overview'
import { Failed } from './parts/states'
import { readGlobalSearch } from './shell/search'
import { Shell } from './shell/shell'

const root = createRootRoute({
  component: Shell,
  validateSearch: readGlobalSearch,
  search: { middlewares: [retainSearchParams(['range', 'paused'])] },
  errorComponent: ({ error, reset }) => <Failed error={error as Error} onRetry={reset} />,
  notFoundComponent: () => <p className="py-8 text-center">There is no such page.</p>,
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
    component: lazyRouteComponent(() => import('./pages/sessions'), 'Sessions'),
  }),
  createRoute({
    ...at('/dashboard/sessions/$id'),
    component: lazyRouteComponent(() => import('./pages/session'), 'SessionPage'),
  }),
  createRoute({
    ...at('/dashboard/attackers'),
    validateSearch: readSessionSearch,
    component: lazyRouteComponent(() => import('./pages/attackers'), 'Attackers'),
  }),
  createRoute({
    ...at('/dashboard/attackers/$ip'),
    component: lazyRouteComponent(() => import('./pages/attacker'), 'AttackerPage'),
  }),
  createRoute({
    ...at('/dashboard/alerts'),
    validateSearch: readAlertSearch,
    component: lazyRouteComponent(() => import('./pages/alerts'), 'Alerts'),
  }),
  createRoute({
    ...at('/dashboard/techniques'),
    component: lazyRouteComponent(() => import('./pages/techniques'), 'Techniques'),
  }),
  createRoute({
    ...at('/dashboard/canaries'),
    component: lazyRouteComponent(() => import('./pages/canaries'), 'Canaries'),
  }),
  createRoute({
    ...at('/dashboard/sensors'),
    component: lazyRouteComponent(() => import('./pages/sensors'), 'Sensors'),
  }),
  createRoute({
    ...at('/dashboard/slos'),
    component: lazyRouteComponent(() => import('./pages/slos'), 'Slos'),
  }),
  createRoute({
    ...at('/dashboard/slos/$id'),
    component: lazyRouteComponent(() => import('./pages/slo'), 'SloPage'),
  }),
  createRoute({
    ...at('/dashboard/operations'),
    component: lazyRouteComponent(() => import('./pages/operations'), 'Operations'),
  }),
  createRoute({
    ...at('/dashboard/health'),
    component: lazyRouteComponent(() => import('./pages/health'), 'Health'),
  }),
  createRoute({
    ...at('/dashboard/quarantine'),
    component: lazyRouteComponent(() => import('./pages/quarantine'), 'Quarantine'),
  }),
  createRoute({
    ...at('/dashboard/settings'),
    validateSearch: readTabSearch,
    component: lazyRouteComponent(() => import('./pages/settings'), 'Settings'),
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
