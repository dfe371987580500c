import { SlipwayError } from '@slipway/core';

/** Turns a full disk or an exhausted quota into STORE_FULL, which names the folder; any other failure is returned as it is. */
export function explainDiskError(error: unknown, folder: string): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error;
  const why = code === 'ENOSPC' ? 'no space is left on the disk' : 'the disk quota is used up';
  return new SlipwayError('exhausted', 'STORE_FULL', `${why} that holds ${folder}`, {
    hint: `free space there (df -h ${folder}), or choose another state folder`,
    cause: error,
  });
}
