import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Digest, isDigest } from '@slipway/oci';
import { writeFileAtomic } from '../cache/atomic-file.ts';

/** What a URL had when it was fetched last. Its content is a blob of the content store. */
export interface DownloadRecord {
  readonly digest: Digest;
  readonly name: string;
  /** For If-None-Match. */
  readonly etag?: string | undefined;
  /** The Last-Modified header; the file's time. */
  readonly lastModified?: string | undefined;
  /** Whether `lastModified` tells two contents apart, so that it may be used for If-Modified-Since. */
  readonly datesContent?: boolean | undefined;
}

/** Records of downloads, one small file for each URL, named for its digest: a URL may have a token in it. */
export class DownloadRecords {
  readonly #folder: string;

  constructor(cacheDir: string) {
    this.#folder = join(cacheDir, 'downloads');
  }

  /** What is known of the URL; undefined where nothing is, or where the record is damaged. */
  async get(url: string): Promise<DownloadRecord | undefined> {
    const text = await readFile(this.#path(url), 'utf8').catch(() => 'null');
    try {
      const record = JSON.parse(text) as DownloadRecord | null;
      return record !== null && isDigest(record.digest) && typeof record.name === 'string'
        ? record
        : undefined;
    } catch {
      return undefined; // It is fetched as if it never was, and written anew.
    }
  }

  async put(url: string, record: DownloadRecord): Promise<void> {
    await writeFileAtomic(this.#path(url), JSON.stringify(record));
  }

  #path(url: string): string {
    const name = createHash('sha256').update(url).digest('hex');
    return join(this.#folder, `${name}.json`);
  }
}
