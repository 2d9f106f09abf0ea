import type { QueryClient } from '@tanstack/react-query';
import { expect, vi } from 'vitest';

const clients: QueryClient[] = [];
const unanswered: string[] = [];

/** Has the end of the test wait for what a client still asks. */
export function awaitEnd(client: QueryClient): void {
  clients.push(client);
}

/** Refuses a request that no mock answers, as an absent network would; the test fails by it at its end. */
export function refuse(input: RequestInfo | URL, init?: RequestInit): Promise<never> {
  const { method, url } = input instanceof Request ? input : new Request(input, init);
  unanswered.push(`${method} ${url}`);
  return Promise.reject(new TypeError(`nothing answers ${method} ${url}`));
}

/** Waits until nothing is asked any more: what comes after the mock is gone would be asked of a network. */
export async function settled(): Promise<void> {
  for (const client of clients.splice(0)) {
    await vi.waitFor(() => expect(client.isFetching() + client.isMutating(), 'requests under way').toBe(0), 4000);
  }
}

/** Fails when a request of the test had no answer. */
export function expectAnswered(): void {
  expect(unanswered.splice(0), 'requests that no mock answers').toEqual([]);
}
