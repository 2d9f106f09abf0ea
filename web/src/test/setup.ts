import { cleanup, configure } from '@testing-library/react';
import { afterEach, vi } from 'vitest';

// A whole page in the message of a failed look-up hides what failed. A busy machine needs more than the usual second.
configure({ getElementError: message => new Error(message ?? 'not found'), asyncUtilTimeout: 4000 });

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});
