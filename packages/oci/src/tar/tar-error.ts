import { SlipwayError } from '@slipway/core';

/** Why a tar archive is refused. */
export type TarErrorCode =
  | 'TAR_HEADER' // a header that does not follow the format
  | 'TAR_CHECKSUM' // not a tar archive, or a damaged one
  | 'TAR_TRUNCATED' // the archive ends inside a member
  | 'TAR_LIMIT' // a header that is larger than any honest one
  | 'TAR_NAME' // a name that no file can have
  | 'TAR_ESCAPE' // a name or link that leads out of the folder
  | 'TAR_LINK' // a hard link to something that is not there
  | 'TAR_TYPE' // a member type that cannot be unpacked
  | 'TAR_LIMIT' // more than anybody's image has, to take memory or time
  | 'TAR_SIZE'; // content that is not as long as its header says

/** A refusal of an archive (kind `invalid`); `name` is the member it is about. */
export function tarError(code: TarErrorCode, why: string, name?: Buffer, cause?: unknown): SlipwayError {
  const place = name === undefined ? {} : { place: { file: printableName(name) } };
  const message =
    name === undefined ? `the tar archive is refused: ${why}` : `tar member "${printableName(name)}": ${why}`;
  return new SlipwayError('invalid', code, message, { ...place, cause });
}

/** A name for people: control characters and bytes that are not UTF-8 are shown as escapes, long names cut. */
export function printableName(name: Buffer): string {
  const text = name.toString('utf8');
  const clean = Buffer.from(text).equals(name) ? text : name.toString('latin1');
  const escaped = clean.replace(
    /[\x00-\x1f\x7f-\x9f]/g,
    (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
  return escaped.length > 200 ? `${escaped.slice(0, 200)}…` : escaped;
}
