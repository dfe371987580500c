import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { SlipwayError } from '@slipway/core';

/** A file from a URL. */
export interface Download {
  readonly file: string;
  /** The last part of the URL's path. */
  readonly name: string;
  /** `Last-Modified`, or the time of the build. */
  readonly mtime: Date;
}

export interface DownloadOptions {
  readonly folder: string;
  /** `sha256:…`. */
  readonly checksum: string | undefined;
  readonly now: Date;
  readonly signal: AbortSignal;
}

export function isRemote(source: string): boolean {
  return /^https?:\/\//.test(source);
}

/** Whether ADD takes the source for a Git repository, as docker does: by scheme, or by `.git` at the end. */
export function isGitSource(source: string): boolean {
  return (
    /^(?:git|ssh):\/\//.test(source) ||
    /^git@[\w.-]+:/.test(source) ||
    /^https?:\/\/[^#?]+\.git(?:[#?].*)?$/.test(source)
  );
}

/** Fetches the URL into the folder. Throws ADD_DOWNLOAD, ADD_CHECKSUM. */
export async function download(url: string, options: DownloadOptions): Promise<Download> {
  const { folder, checksum, now, signal } = options;
  const response = await fetch(url, { signal }).catch((cause) => {
    throw new SlipwayError('unavailable', 'ADD_DOWNLOAD', `cannot fetch ${url}: ${reason(cause)}`, { cause });
  });
  if (!response.ok || response.body === null) {
    throw new SlipwayError(
      'unavailable',
      'ADD_DOWNLOAD',
      `cannot fetch ${url}: the server answered ${response.status}`,
    );
  }
  const name = decodeURIComponent(new URL(url).pathname.split('/').filter(Boolean).at(-1) ?? '');
  const file = join(folder, 'content');
  const hash = createHash('sha256');
  const measured = async function* (source: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    for await (const chunk of source) {
      hash.update(chunk);
      yield chunk;
    }
  };
  const body = Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]);
  await pipeline(body, measured, createWriteStream(file), { signal });
  const digest = `sha256:${hash.digest('hex')}`;
  if (checksum !== undefined && checksum !== digest) {
    throw new SlipwayError('invalid', 'ADD_CHECKSUM', `${url} has the checksum ${digest}, not ${checksum}`);
  }
  const modified = Date.parse(response.headers.get('last-modified') ?? '');
  return { file, name, mtime: Number.isNaN(modified) ? now : new Date(modified) };
}

function reason(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
}
