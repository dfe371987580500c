import { openApiDocument, openApiIndex, openApiPath } from '@slipway/kube';
import type { ResourceCatalog } from '../resources/catalog.ts';

/** A document as it is sent. */
export interface OpenApiText {
  readonly text: string;
  /** Changes with the content. */
  readonly hash: string;
}

/** The OpenAPI v3 documents of the kinds served; made when the first client asks, since a control plane may have none. */
export class OpenApi {
  readonly #catalog: ResourceCatalog;
  #texts: ReadonlyMap<string, OpenApiText> | undefined;

  constructor(catalog: ResourceCatalog) {
    this.#catalog = catalog;
  }

  /** `/openapi/v3`: which documents there are. */
  get index(): OpenApiText {
    return this.#load().get('')!;
  }

  /** The document of a group version, `api/v1` or `apis/tekton.dev/v1`. */
  document(path: string): OpenApiText | undefined {
    return path === '' ? undefined : this.#load().get(path);
  }

  #load(): ReadonlyMap<string, OpenApiText> {
    this.#texts ??= renderDocuments(this.#catalog);
    return this.#texts;
  }
}

function renderDocuments(catalog: ResourceCatalog): ReadonlyMap<string, OpenApiText> {
  const documents = new Map(
    [...catalog.groupVersions().values()].map((types) => [openApiPath(types[0]!), openApiDocument(types)]),
  );
  const { paths } = openApiIndex(documents);
  const texts = [...documents].map(([path, document]): [string, OpenApiText] => {
    const { searchParams } = new URL(paths[path]!.serverRelativeURL, 'https://kubernetes');
    return [path, { text: JSON.stringify(document), hash: searchParams.get('hash') ?? '' }];
  });
  const index = JSON.stringify({ paths });
  return new Map([
    ...texts,
    ['', { text: index, hash: texts.map(([, { hash }]) => hash.slice(0, 8)).join('') }],
  ]);
}
