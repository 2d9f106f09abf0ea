import { MantineProvider } from '@mantine/core';
import { type QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createMemoryHistory, createRootRoute, createRouter, RouterProvider } from '@tanstack/react-router';
import { render } from '@testing-library/react';
import type { ReactNode } from 'react';
import { vi } from 'vitest';
import { handle } from '../../mock/handler.ts';
import { newState, ownerEmail, ownerPassword, type State } from '../../mock/state.ts';
import { makeQueryClient, signIn } from '../features/session/session.ts';
import { en } from '../i18n/en/index.ts';
import { I18nProvider } from '../i18n/index.tsx';
import { makeRouter } from '../routes/router.tsx';
import { theme } from '../theme/theme.ts';
import { LiveRegion } from '../ui/live.tsx';
import { Toasts } from '../ui/toasts.tsx';
import { awaitEnd, refuse } from './requests.ts';

export interface World {
  state: State;
  client: QueryClient;
}

/** Lets the mock answer every fetch, and signs its owner in. */
export async function signedIn(state = newState(location.origin)): Promise<World> {
  vi.stubGlobal('fetch', async (input: RequestInfo | URL, init?: RequestInit) => {
    const request = input instanceof Request ? input : new Request(input, init);
    // Browsers, and what stands in for one here, show no script a cookie: the newest session is this page's.
    const answer = await handle(state, request, `coffer_session=${[...state.sessions.keys()].at(-1)}`);
    return answer ?? refuse(request);
  });
  const client = makeQueryClient();
  awaitEnd(client);
  await signIn(client, ownerEmail, ownerPassword);
  return { state, client };
}

/** Shows a page of the console at an address, in English. */
export function showPage(client: QueryClient, address: string) {
  const router = makeRouter(client, createMemoryHistory({ initialEntries: [address] }));
  return showRouter(client, router);
}

/** Shows a piece of the console in English with everything it needs around it. */
export function show(client: QueryClient, children: ReactNode) {
  const root = createRootRoute({ component: () => children });
  const router = createRouter({ routeTree: root, history: createMemoryHistory() });
  return showRouter(client, router);
}

// biome-ignore lint/suspicious/noExplicitAny: the type of the registered router is that of the whole console
function showRouter(client: QueryClient, router: any) {
  return render(
    <MantineProvider theme={theme} env="test" withCssVariables={false} withGlobalClasses={false}>
      <I18nProvider initial="en" catalogue={en}>
        <QueryClientProvider client={client}>
          <RouterProvider router={router} />
          <Toasts />
          <LiveRegion />
        </QueryClientProvider>
      </I18nProvider>
    </MantineProvider>,
  );
}
