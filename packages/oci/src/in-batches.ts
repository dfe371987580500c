import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';

/** Pieces of a batch at most, however small they are: a server may send single bytes. */
const PIECES = 64;

/**
 * Hands a stream on in batches of about so many bytes; one is taken while the next is gathered.
 * What is left when the stream fails is handed on, too. Throws what the stream and `take` throw; the stream is then closed.
 */
export async function inBatches(
  stream: Readable,
  bytes: number,
  take: (pieces: readonly Buffer[]) => Promise<void>,
): Promise<void> {
  let pieces: Buffer[] = [];
  let size = 0;
  let taking: Promise<void> | undefined;
  const isFull = (): boolean => size >= bytes || pieces.length >= PIECES;
  const begin = (): void => {
    const batch = pieces;
    pieces = [];
    size = 0;
    taking = take(batch).then(
      () => {
        taking = undefined;
        stream.resume();
        if (isFull()) begin();
      },
      (error) => {
        stream.destroy(error);
        throw error;
      },
    );
    taking.catch(() => {}); // Told below.
  };
  // Events cost half of what an iterator does.
  stream.on('data', (piece: Buffer) => {
    pieces.push(piece);
    size += piece.length;
    if (!isFull()) return;
    if (taking === undefined) begin();
    else stream.pause();
  });
  const failure = await finished(stream).then(
    () => undefined,
    (error) => ({ error }),
  );
  while (taking !== undefined) await taking;
  if (pieces.length > 0) await take(pieces);
  if (failure !== undefined) throw failure.error;
}
