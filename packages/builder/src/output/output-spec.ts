import { SlipwayError } from '@slipway/core';

const TYPES = ['oci', 'docker', 'tar', 'local'] as const;

/** A file or a folder that a finished image is written to; plain data, so that it can be sent to the process that builds. */
export interface OutputSpec {
  /**
   * `oci`: a tar of an OCI image layout; `oci-layout`: the same as a folder; `docker`: a tar for `docker load`; `tar`: the root
   * filesystem as a tar; `local`: the root filesystem as a folder, whose files belong to the caller.
   */
  readonly type: (typeof TYPES)[number] | 'oci-layout';
  /** Absolute; `-` is standard output, for the tars. */
  readonly dest: string;
  /** Names of the image inside, for `oci` and `docker`. */
  readonly names?: readonly string[] | undefined;
}

/**
 * Reads `type=docker,dest=image.tar` as docker's `--output` takes it, `tar=false` included; a name alone is a folder for the
 * root filesystem, `-` a tar of it on standard output. Throws OUTPUT_INVALID.
 */
export function parseOutput(text: string): OutputSpec {
  if (text === '-') return { type: 'tar', dest: '-' };
  if (text !== '' && !/[=,]/.test(text)) return { type: 'local', dest: text };
  const fields = new Map(
    text.split(',').map((field): [string, string] => {
      const equals = field.indexOf('=');
      return equals < 0 ? [field.trim(), ''] : [field.slice(0, equals).trim(), field.slice(equals + 1)];
    }),
  );
  const unknown = [...fields.keys()].find((name) => !['type', 'dest', 'tar', 'name'].includes(name));
  if (unknown !== undefined) throw invalid(text, `it has no field "${unknown}"`);
  const type = TYPES.find((one) => one === fields.get('type'));
  if (type === undefined) throw invalid(text, `type is one of ${TYPES.join(', ')}`);
  const folder = type === 'oci' && fields.get('tar') === 'false';
  const dest = fields.get('dest') ?? (type === 'local' || folder ? '' : '-');
  if (dest === '' || (dest === '-' && (type === 'local' || folder)))
    throw invalid(text, 'a folder needs dest=FOLDER');
  const name = fields.get('name');
  return { type: folder ? 'oci-layout' : type, dest, ...(name ? { names: [name] } : {}) };
}

function invalid(text: string, why: string): SlipwayError {
  return new SlipwayError('usage', 'OUTPUT_INVALID', `"${text}" is not an output: ${why}`, {
    hint: 'write it like type=docker,dest=image.tar',
  });
}
