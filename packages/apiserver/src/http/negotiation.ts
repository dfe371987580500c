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

const FORMATS: ReadonlyMap<string, Accepted['format']> = new Map([
  ['', 'json'],
  ['*/*', 'json'],
  ['application/*', 'json'],
  ['application/json', 'json'],
  // What clients of logs ask for; failures are JSON all the same.
  ['text/plain', 'json'],
  ['application/yaml', 'yaml'],
  [OPENAPI_V2_TYPE, 'openapi-v2'],
]);
const REPRESENTATIONS: ReadonlyMap<string, readonly string[]> = new Map([
  ['meta.k8s.io', ['Table', 'PartialObjectMetadata', 'PartialObjectMetadataList']],
  ['apidiscovery.k8s.io', ['APIGroupDiscoveryList']],
]);

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
  const format = FORMATS.get(type);
  if (format === undefined) return undefined;
  const named = new Map(parameters.map((text) => text.split('=', 2) as [string, string]));
  const as = named.get('as');
  if (as === undefined) return { format };
  // A representation that is not known is passed over; clients name a plain type after it.
  if (!REPRESENTATIONS.get(named.get('g') ?? '')?.includes(as)) return undefined;
  return { format, as, version: named.get('v') ?? 'v1' };
}
