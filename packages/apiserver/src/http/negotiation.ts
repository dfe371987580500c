import { StatusError } from '@slipway/kube';
import { OPENAPI_V2_TYPE } from '../discovery/openapi-v2.ts';

/** How a client wants its answer. */
export interface Accepted {
  readonly format: 'json' | 'yaml' | 'openapi-v2';
  /** Another representation of the objects: `Table`, `PartialObjectMetadata`, `APIGroupDiscoveryList` … */
  readonly as?: string;
  /** The version of that representation: `v1`. */
  readonly version?: string;
}

const JSON_TYPES = new Set(['application/json', 'application/*', '*/*', 'text/plain', '']);
const OTHER_FORMATS: Readonly<Record<string, Accepted['format']>> = {
  'application/yaml': 'yaml',
  [OPENAPI_V2_TYPE]: 'openapi-v2',
};
const REPRESENTATIONS: Readonly<Record<string, ReadonlySet<string>>> = {
  'meta.k8s.io': new Set(['Table', 'PartialObjectMetadata', 'PartialObjectMetadataList']),
  'apidiscovery.k8s.io': new Set(['APIGroupDiscoveryList']),
};

/** The first media type of an Accept header that can be served. Throws NotAcceptable when there is none. */
export function negotiate(accept: string | undefined): Accepted {
  if (accept === undefined || accept.trim() === '') return { format: 'json' };
  for (const part of accept.split(',')) {
    const accepted = parseMediaType(part);
    if (accepted !== undefined) return accepted;
  }
  throw StatusError.notAcceptable(['application/json', 'application/yaml']);
}

function parseMediaType(part: string): Accepted | undefined {
  const [type = '', ...parameters] = part.split(';').map((text) => text.trim());
  const format = JSON_TYPES.has(type) ? 'json' : OTHER_FORMATS[type];
  if (format === undefined) return undefined;
  const { as, v, g } = Object.fromEntries(parameters.map((text) => text.split('=', 2))) as Record<
    string,
    string
  >;
  if (as === undefined) return { format };
  // A representation that is not known is passed over; clients name a plain type after it.
  if (!REPRESENTATIONS[g ?? '']?.has(as)) return undefined;
  return { format, as, version: v ?? 'v1' };
}
