import { parentPort, workerData } from 'node:worker_threads';
import { toSlipwayError } from '@slipway/core';
import type { GrowthState } from '../store/blob-growth.ts';
import { GrowthReader, readPiece } from '../store/growth-reader.ts';
import { decompressLayer } from './compression.ts';
import type { DecompressEnding, DecompressOrder } from './decompress-message.ts';
import { PieceRing } from './piece-ring.ts';

// The program of a thread that decompresses layers, one after the other: see decompress-threads.ts.
const port = parentPort!;
/** Where the tar goes. */
const ring = new PieceRing(workerData as SharedArrayBuffer);

let state: GrowthState;
let blob: GrowthReader;

port.on('message', (order: DecompressOrder) => {
  if (order.kind === 'layer') void decompress();
  else {
    state = order.state;
    blob.more();
  }
});

async function decompress(): Promise<void> {
  state = { fd: undefined, size: 0, isWhole: false };
  blob = new GrowthReader({ next, closed: () => {} });
  let ending: DecompressEnding;
  try {
    const tar = decompressLayer(blob, { ownsInput: true, room: () => ring.room() });
    for await (const piece of tar) ring.put(piece);
  } catch (error) {
    const { kind, code, message, hint } = toSlipwayError(error);
    ending = { kind, code, message, hint };
  }
  port.postMessage(ending);
}

function next(at: number): Buffer | 'wait' | undefined {
  if (state.fd === undefined || at >= state.size) return state.isWhole ? undefined : 'wait';
  return readPiece(state.fd, at, state.size);
}
