import { SlipwayError, toSlipwayError } from '@slipway/core';
import { applyLayer } from '@slipway/oci';

/** Unpacks the tar of a context; its files belong to whoever builds. Throws CONTEXT_TAR, and STORE_FULL as it is. */
export async function unpackContext(
  name: string,
  tar: AsyncIterable<Uint8Array>,
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  try {
    await applyLayer(folder, tar, { owner: 'ignore', xattrs: 'ignore', signal });
  } catch (cause) {
    signal.throwIfAborted();
    const { kind, message } = toSlipwayError(cause);
    if (kind === 'exhausted') throw cause;
    throw new SlipwayError('invalid', 'CONTEXT_TAR', `the context ${name} cannot be unpacked: ${message}`, {
      cause,
    });
  }
}
