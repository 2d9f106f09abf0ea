import { cleanup, configure } from '@testing-library/react';
import { afterEach, vi } from 'vitest';
import { expectAnswered, refuse, settled } from './requests.ts';

// A whole page in the message of a failed look-up hides what failed. A busy machine needs more than the usual second.
configure({ getElementError: message => new Error(message ?? 'not found'), asyncUtilTimeout: 4000 });

globalThis.fetch = refuse;

afterEach(async () => {
  try {
    await settled();
  } finally {
    cleanup();
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
  }
  expectAnswered();
});
