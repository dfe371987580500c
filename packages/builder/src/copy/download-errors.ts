import { type ErrorKind, SlipwayError, toSlipwayError } from '@slipway/core';
import type { Digest } from '@slipway/oci';
import type { DownloadRequest } from './download.ts';

const STATUS_KINDS: Readonly<Record<number, ErrorKind>> = {
  401: 'unauthenticated',
  403: 'denied',
  404: 'not-found',
  410: 'not-found',
};

/** The server answered, but not with the file. */
export function requestFailed({ url, shown, authorization }: DownloadRequest, status: number): SlipwayError {
  const asksWho = status === 401 || status === 403;
  const given = authorization === undefined ? 'without credentials' : 'with the credentials that were given';
  const how = asksWho ? ` to a request ${given}` : '';
  const { hostname } = url;
  return new SlipwayError(
    STATUS_KINDS[status] ?? (status >= 500 ? 'unavailable' : 'failed'),
    'ADD_DOWNLOAD',
    `cannot fetch ${shown}: the server answered ${status}${how}`,
    {
      hint: asksWho
        ? `give a token with --secret id=HTTP_AUTH_TOKEN_${hostname},src=FILE, or a whole header with HTTP_AUTH_HEADER_${hostname}`
        : undefined,
    },
  );
}

/** The server was not reached, or the connection broke. `known`: the content that an earlier build got. */
export function transferFailed(request: DownloadRequest, cause: unknown, known?: Digest): SlipwayError {
  return new SlipwayError(
    'unavailable',
    'ADD_DOWNLOAD',
    `cannot fetch ${request.shown}: ${reasonOf(cause)}`,
    {
      cause,
      hint:
        known === undefined
          ? undefined
          : `what an earlier build fetched is still there: ADD --checksum=${known} takes it without asking the server`,
    },
  );
}

export function wrongUrl(source: string): SlipwayError {
  return new SlipwayError('invalid', 'ADD_URL', `"${source}" is not a URL`);
}

export function wrongChecksum(text: string): SlipwayError {
  return new SlipwayError('invalid', 'ADD_CHECKSUM', `"${text}" is not the checksum of a file`, {
    hint: 'write it like sha256: and 64 lower-case hexadecimal digits',
  });
}

/** fetch says "fetch failed" or "terminated", and the reason in the cause. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const { code, message } = toSlipwayError(cause);
  if (code === 'UND_ERR_SOCKET') return `the connection broke (${message})`;
  return message === '' ? code : message;
}
