import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { toSlipwayError } from '@slipway/core';
import type { GrowthState } from '../store/blob-growth.ts';
import { GrowthReader, readPiece } from '../store/growth-reader.ts';
import { unpackBlob } from './unpack-blob.ts';
import type { UnpackEnding, UnpackNews, UnpackOrder } from './unpack-message.ts';

// The program of a thread that unpacks one layer: see unpack-in-thread.ts.
void main(parentPort!, workerData as UnpackOrder);

async function main(port: MessagePort, { folder, diffId, isLowest }: UnpackOrder): Promise<void> {
  let state: GrowthState = { fd: undefined, size: 0, isWhole: false };
  const blob = new GrowthReader({
    next: (at) => {
      if (state.fd === undefined || at >= state.size) return state.isWhole ? undefined : 'wait';
      return readPiece(state.fd, at, state.size);
    },
    closed: () => {},
  });
  const below = Promise.withResolvers<readonly string[]>();
  port.on('message', (news: UnpackNews) => {
    if (news.kind === 'lower') below.resolve(news.folders);
    else {
      state = news.state;
      blob.more();
    }
  });
  const lower = isLowest ? [] : below.promise;
  const ending = await unpackBlob(folder, blob, diffId, { lower, inThisThread: true }).then(
    (): UnpackEnding => undefined,
    asEnding,
  );
  port.postMessage(ending);
  port.close();
}

function asEnding(error: unknown): UnpackEnding {
  const { kind, code, message, hint } = toSlipwayError(error);
  return { kind, code, message, hint };
}
