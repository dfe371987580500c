import { SlipwayError } from '@slipway/core';

const REFUSED: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EROFS: 'read-only file system',
};

/**
 * What the system refused this user, by the path where it is known; any other failure as it is. Not for servers, whose clients
 * it is not about.
 */
export function explainSystemError(error: SlipwayError): SlipwayError {
  const { syscall, path } = (error.cause ?? {}) as NodeJS.ErrnoException;
  const { code, place, cause } = error;
  const refused = REFUSED[code];
  if (refused !== undefined) {
    const message = path === undefined ? error.message : `${path}: ${refused} (${syscall})`;
    const inContext =
      place === undefined ? undefined : 'allow it, or leave the file out of the context with .dockerignore';
    return new SlipwayError('denied', code, message, { place, hint: inContext, cause });
  }
  if (code === 'ENOENT' && syscall === 'mkdtemp') {
    const message = `there is no folder for temporary files: ${path}`;
    return new SlipwayError('not-found', code, message, { hint: 'name one that exists in TMPDIR', cause });
  }
  return error;
}
