import './theme/layers.css';
import { MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { whenSignedOut } from './api/client.ts';
import { forget, makeQueryClient } from './features/session/session.ts';
import { I18nProvider, loadCatalogue, preferredLocale } from './i18n/index.tsx';
import { paths, systemPages } from './routes/paths.ts';
import { makeRouter } from './routes/router.tsx';
import { theme } from './theme/theme.ts';
import { LiveRegion } from './ui/live.tsx';
import { Toasts } from './ui/toasts.tsx';

const client = makeQueryClient();
const router = makeRouter(client);

whenSignedOut(() => {
  forget(client);
  const { href, pathname } = router.state.location;
  const to = pathname.startsWith(systemPages) ? paths.operatorSignIn : paths.signIn;
  void router.navigate({ to, search: { to: href }, replace: true });
});

const locale = preferredLocale();
const catalogue = await loadCatalogue(locale);

const place = document.getElementById('root');
if (!place) throw new Error('index.html has no element with the id root');

// The theme's variables and classes come from files: the page's policy allows no inline style element.
createRoot(place).render(
  <StrictMode>
    <MantineProvider theme={theme} defaultColorScheme="auto" withCssVariables={false} withGlobalClasses={false}>
      <I18nProvider initial={locale} catalogue={catalogue}>
        <QueryClientProvider client={client}>
          <RouterProvider router={router} />
          <Toasts />
          <LiveRegion />
        </QueryClientProvider>
      </I18nProvider>
    </MantineProvider>
  </StrictMode>,
);
