import { Readable } from 'node:stream';
import { SlipwayError } from '@slipway/core';
import { withoutPassword } from './without-password.ts';

/** What a URL of a context answers. Throws CONTEXT_DOWNLOAD. */
export async function openUrl(url: string, signal: AbortSignal): Promise<Readable> {
  const { plain, headers } = withoutCredentials(url);
  const response = await fetch(plain, { signal, headers }).catch((cause) => {
    signal.throwIfAborted();
    throw unavailable(url, cause instanceof Error ? String(cause.cause ?? cause) : String(cause));
  });
  if (response.ok && response.body !== null)
    return Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]);
  throw unavailable(url, `the server answered ${response.status}`);
}

/** fetch takes no user and password in a URL; as a header they are not sent on to where another host redirects. */
function withoutCredentials(text: string): { plain: string; headers: Record<string, string> } {
  if (!URL.canParse(text)) return { plain: text, headers: {} };
  const url = new URL(text);
  const { username, password } = url;
  if (username === '' && password === '') return { plain: text, headers: {} };
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  url.username = '';
  url.password = '';
  return { plain: url.href, headers: { authorization: `Basic ${Buffer.from(pair).toString('base64')}` } };
}

function unavailable(url: string, why: string): SlipwayError {
  return new SlipwayError(
    'unavailable',
    'CONTEXT_DOWNLOAD',
    withoutPassword(`cannot fetch the context ${url}: ${why}`),
  );
}
