import { RegistryError } from '../registry-error.ts';

export interface ByteRange {
  readonly start: number;
  /** Inclusive, as in HTTP. */
  readonly end: number;
}

/**
 * The one range of a Range header (RFC 9110, section 14.2) over `size` bytes; undefined when the whole is to be sent:
 * no header, another unit, several ranges, a malformed one. Throws RANGE_INVALID (416) when nothing of it exists.
 */
export function parseRange(header: string | undefined, size: number): ByteRange | undefined {
  const [, first, last] = /^bytes=(\d{0,16})-(\d{0,16})$/.exec(header?.trim() ?? '') ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return undefined;
  const range =
    first === ''
      ? { start: Math.max(0, size - Number(last)), end: size - 1 }
      : { start: Number(first), end: last === '' ? size - 1 : Math.min(Number(last), size - 1) };
  if (range.start <= range.end) return range;
  throw new RegistryError('RANGE_INVALID', `the blob has ${size} bytes, "${header}" is outside`, {
    headers: { 'Content-Range': `bytes */${size}` },
  });
}

/** The `<start>-<end>` of an upload's Content-Range header, end inclusive; throws BLOB_UPLOAD_INVALID. */
export function parseContentRange(header: string): ByteRange {
  // Some clients write the form of RFC 9110 (`bytes 0-9/10`) where the distribution-spec has `0-9`.
  const [, start, end] = /^(?:bytes[ =])?(\d{1,16})-(\d{1,16})(?:\/(?:\d+|\*))?$/.exec(header.trim()) ?? [];
  if (start !== undefined && end !== undefined && Number(start) <= Number(end)) {
    return { start: Number(start), end: Number(end) };
  }
  throw new RegistryError('BLOB_UPLOAD_INVALID', 'the Content-Range is not of the form "<start>-<end>"');
}
