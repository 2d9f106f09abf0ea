/** Answers in the forms of the control APIs. */

export function json(status: number, body: unknown, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json', ...headers } });
}

export function empty(status: number): Response {
  return new Response(null, { status });
}

export function refuse(
  httpStatus: number,
  errorCode: string,
  message: string,
  headers: Record<string, string> = {},
): Response {
  return json(httpStatus, { httpStatus, messages: [{ errorCode, message }] }, { 'X-Request-Id': 'mock', ...headers });
}

export function collection(href: string, items: unknown[]): Response {
  return json(200, { id: 'mock', type: 'collection', href, items, offset: 0, limit: 1000, _links: {} });
}

/** Returns the part of a list that a request asks for by offset and limit. */
export function windowOf<T>(url: URL, items: T[], limit = 1000): T[] {
  const from = Number(url.searchParams.get('offset') ?? 0);
  return items.slice(from, from + Number(url.searchParams.get('limit') ?? limit));
}
