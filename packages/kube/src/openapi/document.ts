import { createHash } from 'node:crypto';
import { apiVersionOf, type ResourceType } from '../resources.ts';
import { schemaFor } from '../schema/kinds.ts';
import { type Paths, resourcePaths } from './operations.ts';
import { type JsonSchema, SchemaCollector } from './schema.ts';

/** The OpenAPI v3 document of one group version. */
export interface OpenApiDocument {
  readonly openapi: '3.0.0';
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Paths;
  readonly components: { readonly schemas: Record<string, JsonSchema> };
}

/** The document for types of one group version; it contains every schema that it refers to. */
export function openApiDocument(types: readonly ResourceType[], version = 'v1.31.0'): OpenApiDocument {
  const collector = new SchemaCollector();
  const paths: Paths = {};
  for (const type of types) {
    const kind = schemaFor(type);
    if (!kind) continue;
    const gvk = [{ group: type.group, version: type.version, kind: type.kind }];
    const reference = collector.reference(kind.schema, { 'x-kubernetes-group-version-kind': gvk });
    Object.assign(paths, resourcePaths(type, reference, kind.custom));
  }
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version },
    paths,
    components: { schemas: collector.schemas },
  };
}

/** `api/v1`, `apis/tekton.dev/v1`: where below `/openapi/v3/` the document of a group version is. */
export function openApiPath(type: Pick<ResourceType, 'group' | 'version'>): string {
  return `${type.group === '' ? 'api' : 'apis'}/${apiVersionOf(type)}`;
}

/** The answer to `/openapi/v3`: where each document is, with a hash of its content so that clients may keep it. */
export function openApiIndex(documents: ReadonlyMap<string, OpenApiDocument>): {
  paths: Record<string, { serverRelativeURL: string }>;
} {
  const entries = [...documents].map(([path, document]) => {
    const hash = createHash('sha256').update(JSON.stringify(document)).digest('hex').toUpperCase();
    return [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` }] as const;
  });
  return { paths: Object.fromEntries(entries) };
}
