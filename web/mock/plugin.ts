import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { Connect, Plugin } from 'vite';
import { handle } from './handler.ts';
import { newState, type State } from './state.ts';

/** Serves the mock on the same origin as the console, in development and in preview. */
export function mockServer(): Plugin {
  let state: State | null = null;
  const middleware: Connect.NextHandleFunction = async (request, response, next) => {
    const origin = `http://${request.headers.host}`;
    state ??= newState(origin);
    try {
      const answer = await handle(state, toRequest(request, origin));
      if (answer) await reply(answer, response);
      else next();
    } catch (error) {
      next(error);
    }
  };
  return {
    name: 'coffer-mock',
    configureServer: server => void server.middlewares.use(middleware),
    configurePreviewServer: server => void server.middlewares.use(middleware),
  };
}

function toRequest(request: IncomingMessage, origin: string): Request {
  const method = request.method ?? 'GET';
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers))
    if (value !== undefined) headers.set(name, String(value));
  const body = method === 'GET' || method === 'HEAD' ? undefined : (Readable.toWeb(request) as ReadableStream);
  return new Request(new URL(request.url ?? '/', origin), { method, headers, body, duplex: 'half' } as RequestInit);
}

async function reply(answer: Response, response: ServerResponse): Promise<void> {
  response.statusCode = answer.status;
  for (const [name, value] of answer.headers) response.setHeader(name, value);
  response.end(Buffer.from(await answer.arrayBuffer()));
}
