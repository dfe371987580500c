import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { isStatus } from '@slipway/kube';
import { apiError } from '../api-error.ts';
import type { ResourceRequest, ServerContext } from '../context.ts';
import type { WatchItem } from '../verbs/watch.ts';
import type { Exchange } from './exchange.ts';
import { represent } from './representation.ts';

/** Streams a watch: one JSON document a line, each sent at once. */
export async function sendWatch(
  context: ServerContext,
  exchange: Exchange,
  request: ResourceRequest,
  items: AsyncIterable<WatchItem>,
): Promise<void> {
  const { response, accepted } = exchange;
  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-cache, private' });
  response.flushHeaders();
  let isFirst = true;
  try {
    for await (const item of items) {
      const object =
        accepted.as === undefined || (accepted.as !== 'Table' && item.type === 'BOOKMARK')
          ? item.object.text
          : JSON.stringify(represent(context, exchange, request, item.object, !isFirst));
      isFirst = false;
      await write(response, `{"type":"${item.type}","object":${object}}\n`, exchange.signal);
    }
  } catch (error) {
    if (!isStatus(error)) context.logger.error('a watch failed', { error: String(error) });
    if (!response.destroyed)
      response.write(`${JSON.stringify({ type: 'ERROR', object: apiError(error).status })}\n`);
  }
  response.end();
}

/** Waits while the client reads more slowly than events come: they pile up in the queue, which has a limit. */
async function write(response: ServerResponse, text: string, signal: AbortSignal): Promise<void> {
  if (response.write(text) || signal.aborted) return;
  await once(response, 'drain', { signal }).catch(() => {
    // The client went away: the loop ends by its signal.
  });
}
