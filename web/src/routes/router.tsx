import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  type RouterHistory,
  redirect,
} from '@tanstack/react-router';
import { ofOperator, sessionQuery } from '../features/session/session.ts';
import { withWords } from '../i18n/index.tsx';
import { CrashPage, NotFoundPage } from '../shell/Fallbacks.tsx';
import { Shell } from '../shell/Shell.tsx';
import { Loading } from '../ui/States.tsx';
import { paths, readSearch } from './paths.ts';

interface Context {
  client: QueryClient;
}

const root = createRootRouteWithContext<Context>()({ component: Outlet, notFoundComponent: NotFoundPage });

/** Leads the operator, who has no pages among those of people, to the pages of the system; other failures stay. */
function toOperatorsPages(error: unknown): never {
  if (ofOperator(error)) throw redirect({ to: paths.system, replace: true });
  throw error;
}

/** A page behind the first one, with its words. */
const page: typeof lazyRouteComponent = (importer, exportName) => lazyRouteComponent(withWords(importer), exportName);

const signIn = createRoute({
  getParentRoute: () => root,
  path: paths.signIn,
  validateSearch: readSearch.signIn,
  component: lazyRouteComponent(() => import('../features/session/SignInPage.tsx'), 'SignInPage'),
  beforeLoad: async ({ context, search }) => {
    // Whatever else fails is told when signing in does.
    const session = await context.client.ensureQueryData(sessionQuery).catch(error => {
      if (ofOperator(error)) toOperatorsPages(error);
      return null;
    });
    if (session) throw redirect({ to: search.to ?? paths.objectStorage, replace: true });
  },
});

const invitation = createRoute({
  getParentRoute: () => root,
  path: paths.invitation,
  component: page(() => import('../features/session/InvitationPage.tsx'), 'InvitationPage'),
});

const visit = createRoute({
  getParentRoute: () => root,
  path: paths.visit,
  component: page(() => import('../features/session/VisitPage.tsx'), 'VisitPage'),
});

const shell = createRoute({
  getParentRoute: () => root,
  id: 'shell',
  component: Shell,
  beforeLoad: async ({ context, location }) => {
    const session = await context.client.ensureQueryData(sessionQuery).catch(toOperatorsPages);
    if (!session) {
      const to = location.href === '/' ? undefined : location.href;
      throw redirect({ to: paths.signIn, search: { to }, replace: true });
    }
  },
});

const start = createRoute({
  getParentRoute: () => shell,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: paths.objectStorage, replace: true });
  },
});

const objectStorage = createRoute({
  getParentRoute: () => shell,
  path: paths.objectStorage,
  validateSearch: readSearch.home,
  component: lazyRouteComponent(() => import('../features/home/HomePage.tsx'), 'HomePage'),
});

const bucket = createRoute({
  getParentRoute: () => shell,
  path: paths.bucket,
  validateSearch: readSearch.bucket,
  component: page(() => import('../features/objects/BucketPage.tsx'), 'BucketPage'),
});

const bucketSettings = createRoute({
  getParentRoute: () => shell,
  path: paths.bucketSettings,
  validateSearch: readSearch.bucketSettings,
  component: page(() => import('../features/settings/BucketSettingsPage.tsx'), 'BucketSettingsPage'),
});

const people = createRoute({
  getParentRoute: () => shell,
  path: paths.people,
  validateSearch: readSearch.people,
  component: page(() => import('../features/people/PeoplePage.tsx'), 'PeoplePage'),
});

const user = createRoute({
  getParentRoute: () => shell,
  path: paths.user,
  validateSearch: readSearch.user,
  component: page(() => import('../features/people/UserPage.tsx'), 'UserPage'),
});

const group = createRoute({
  getParentRoute: () => shell,
  path: paths.group,
  validateSearch: readSearch.group,
  component: page(() => import('../features/people/GroupPage.tsx'), 'GroupPage'),
});

const tokens = createRoute({
  getParentRoute: () => shell,
  path: paths.tokens,
  component: page(() => import('../features/tokens/TokensPage.tsx'), 'TokensPage'),
});

const usage = createRoute({
  getParentRoute: () => shell,
  path: paths.usage,
  validateSearch: readSearch.usage,
  component: page(() => import('../features/records/UsagePage.tsx'), 'UsagePage'),
});

const audit = createRoute({
  getParentRoute: () => shell,
  path: paths.audit,
  validateSearch: readSearch.audit,
  component: page(() => import('../features/records/AuditPage.tsx'), 'AuditPage'),
});

const contract = createRoute({
  getParentRoute: () => shell,
  path: paths.contract,
  component: page(() => import('../features/contract/ContractPage.tsx'), 'ContractPage'),
});

const sessions = createRoute({
  getParentRoute: () => shell,
  path: paths.sessions,
  component: page(() => import('../features/sessions/SessionsPage.tsx'), 'SessionsPage'),
});

const operatorSignIn = createRoute({
  getParentRoute: () => root,
  path: paths.operatorSignIn,
  validateSearch: readSearch.signIn,
  component: page(() => import('../features/operator/OperatorSignInPage.tsx'), 'OperatorSignInPage'),
});

const system = createRoute({
  getParentRoute: () => root,
  id: 'system',
  component: page(() => import('../features/operator/OperatorShell.tsx'), 'OperatorShell'),
  beforeLoad: async ({ context, location }) => {
    const { operatorQuery } = await import('../features/operator/operator.ts');
    if (!(await context.client.ensureQueryData(operatorQuery)))
      throw redirect({ to: paths.operatorSignIn, search: { to: location.href }, replace: true });
  },
});

const health = createRoute({
  getParentRoute: () => system,
  path: paths.system,
  component: page(() => import('../features/operator/SystemPage.tsx'), 'SystemPage'),
});

const contracts = createRoute({
  getParentRoute: () => system,
  path: paths.contracts,
  validateSearch: readSearch.contracts,
  component: page(() => import('../features/operator/ContractsPage.tsx'), 'ContractsPage'),
});

const contractOf = createRoute({
  getParentRoute: () => system,
  path: paths.contractOf,
  component: page(() => import('../features/operator/ContractOfPage.tsx'), 'ContractOfPage'),
});

const regions = createRoute({
  getParentRoute: () => system,
  path: paths.regions,
  component: page(() => import('../features/operator/RegionsPage.tsx'), 'RegionsPage'),
});

const systemAudit = createRoute({
  getParentRoute: () => system,
  path: paths.systemAudit,
  validateSearch: readSearch.audit,
  component: page(() => import('../features/operator/SystemAuditPage.tsx'), 'SystemAuditPage'),
});

const tree = root.addChildren([
  signIn,
  invitation,
  visit,
  operatorSignIn,
  system.addChildren([health, contracts, contractOf, regions, systemAudit]),
  shell.addChildren([
    start,
    objectStorage,
    bucket,
    bucketSettings,
    people,
    user,
    group,
    tokens,
    usage,
    audit,
    contract,
    sessions,
  ]),
]);

/** Makes the router of a page; tests give it a history of their own. */
export function makeRouter(client: QueryClient, history?: RouterHistory) {
  return createRouter({
    routeTree: tree,
    context: { client },
    history,
    defaultPendingComponent: Loading,
    defaultErrorComponent: CrashPage,
    defaultNotFoundComponent: NotFoundPage,
    defaultPreload: 'intent',
    defaultPreloadStaleTime: 0,
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
