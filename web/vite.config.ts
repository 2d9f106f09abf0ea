import react from '@vitejs/plugin-react';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';
import { mockServer } from './mock/plugin.ts';

/** What web.go sends in production; here without the S3 endpoint, which the mock serves from the same origin. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; media-src 'self'; frame-src 'self'; " +
  "worker-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/** A nonce lets the development server put its own styles and scripts into the page; what is built needs none. */
const nonce = 'development';

/** Where the real server is while the console is developed: COFFER_DEV_SERVER; without it the mock answers. */
const server = process.env.COFFER_DEV_SERVER;

function reloadable(): Plugin {
  return {
    name: 'coffer-development-policy',
    apply: 'serve',
    config: (_, { isPreview }) => (isPreview ? {} : { html: { cspNonce: nonce } }),
  };
}

export default defineConfig({
  plugins: [react(), reloadable(), ...(server ? [] : [mockServer()])],
  build: {
    target: 'es2022',
    outDir: 'dist',
    emptyOutDir: true,
    manifest: true,
    // Nothing becomes part of another file as a data URL: the policy names files alone.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        // What most pages share comes in two files instead of fifty small ones, without what only long lists need.
        codeSplitting: {
          groups: [
            { name: 'kit', test: /node_modules\/(?!@tanstack\/(react-virtual|virtual-core)\/)/, minShareCount: 3 },
            {
              name: 'common',
              test: /src\/(api|ui\/(?!LongTable)|s3|i18n\/(?!de)|routes|features\/(session|keys)\/[a-z]+\.ts$)/,
              minShareCount: 3,
            },
          ],
        },
      },
    },
  },
  server: {
    port: 5173,
    headers: {
      'Content-Security-Policy': `default-src 'none'; script-src 'self' 'nonce-${nonce}'; style-src 'self' 'nonce-${nonce}'; img-src 'self' data: *; media-src *; frame-src *; connect-src *; worker-src 'self'; form-action 'self'; base-uri 'none'`,
    },
    proxy: server
      ? Object.fromEntries(['/console', '/accesskeys', '/regions', '/cloudapi', '/auth'].map(path => [path, server]))
      : {},
  },
  preview: {
    port: 4173,
    headers: {
      'Content-Security-Policy': policy,
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
    },
  },
  test: {
    environment: 'happy-dom',
    setupFiles: ['./src/test/setup.ts'],
    include: ['src/**/*.test.ts', 'src/**/*.test.tsx', 'mock/**/*.test.ts'],
    css: false,
    testTimeout: 20_000,
    // One environment for a worker: making one for each file takes longer than the tests.
    pool: 'vmThreads',
  },
});
