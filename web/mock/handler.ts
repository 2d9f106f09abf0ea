import { control } from './control.ts';
import { root, s3 } from './s3.ts';
import type { State } from './state.ts';

/** Answers a request as a server would; null when it is for neither API nor S3. */
export async function handle(
  state: State,
  request: Request,
  cookie = request.headers.get('Cookie') ?? '',
): Promise<Response | null> {
  if (new URL(request.url).pathname.startsWith(root)) return s3(state, request);
  return control(state, request, cookie);
}
