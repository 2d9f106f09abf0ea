import { body, consoleApi } from '../api/client.ts';
import type { SignedRequest, SignRequest } from '../api/types.ts';

/** The most requests one call of /console/sign takes. */
const batchSize = 64;

/** Milliseconds that a request waits for others, which then travel with it: many small files need few calls. */
const linger = 4;

interface Waiting {
  request: SignRequest;
  resolve: (signed: SignedRequest) => void;
  reject: (reason: unknown) => void;
}

type Post = (requests: SignRequest[]) => Promise<SignedRequest[]>;

/**
 * Returns a function that has one S3 request signed by the server. Requests of the same moment travel together. The credential never
 * leaves the server: what comes back is a link that expires.
 */
export function makeSigner(post: Post): (request: SignRequest) => Promise<SignedRequest> {
  let waiting: Waiting[] = [];

  async function flush(): Promise<void> {
    const all = waiting;
    waiting = [];
    for (let start = 0; start < all.length; start += batchSize) {
      const batch = all.slice(start, start + batchSize);
      try {
        const signed = await post(batch.map(entry => entry.request));
        batch.forEach((entry, index) => {
          const answer = signed[index];
          if (answer) entry.resolve(answer);
          else entry.reject(new Error('The server signed fewer requests than it was asked for.'));
        });
      } catch (error) {
        for (const entry of batch) entry.reject(error);
      }
    }
  }

  return request =>
    new Promise((resolve, reject) => {
      waiting.push({ request, resolve, reject });
      if (waiting.length === 1) setTimeout(flush, linger);
    });
}

/** Has one S3 request signed with the rights of the signed-in user. */
export const sign = makeSigner(async requests => {
  const answer = await body(consoleApi.POST('/console/sign', { body: { requests } }));
  return answer.requests;
});
