import { pipeline } from 'node:stream/promises';
import { StatusError } from '@slipway/kube';
import type { ResourceRequest, ServerContext } from '../context.ts';
import { openPodLog } from '../verbs/pod-log.ts';
import type { Exchange } from './exchange.ts';
import { flag, wholeNumber } from './query.ts';

/** Streams the log of one container as text. */
export async function sendPodLog(
  context: ServerContext,
  exchange: Exchange,
  request: ResourceRequest,
): Promise<void> {
  const { response, url, signal } = exchange;
  const query = url.searchParams;
  const tailLines = wholeNumber(query, 'tailLines');
  const limitBytes = wholeNumber(query, 'limitBytes');
  const sinceSeconds = sinceOf(context, query);
  const lines = await openPodLog(context, request, {
    container: query.get('container') ?? undefined,
    follow: flag(query, 'follow') ?? false,
    previous: flag(query, 'previous') ?? false,
    timestamps: flag(query, 'timestamps') ?? false,
    ...(tailLines === undefined ? {} : { tailLines }),
    ...(limitBytes === undefined ? {} : { limitBytes }),
    ...(sinceSeconds === undefined ? {} : { sinceSeconds }),
    signal,
  });
  response.writeHead(200, { 'content-type': 'text/plain' });
  response.flushHeaders();
  await pipeline(lines, response, { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}

function sinceOf({ clock }: ServerContext, query: URLSearchParams): number | undefined {
  const seconds = wholeNumber(query, 'sinceSeconds');
  const time = query.get('sinceTime');
  if (time === null) return seconds;
  if (seconds !== undefined)
    throw StatusError.badRequest('at most one of `sinceTime` or `sinceSeconds` may be specified');
  const since = Date.parse(time);
  if (Number.isNaN(since))
    throw StatusError.badRequest(
      `sinceTime: Invalid value: ${JSON.stringify(time)}: must be an RFC 3339 time`,
    );
  return Math.max(0, Math.ceil((clock.now().getTime() - since) / 1000));
}
