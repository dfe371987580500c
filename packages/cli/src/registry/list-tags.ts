import { openRegistry, ownReference } from './place.ts';
import { printResult, table } from './print.ts';

interface Tag {
  readonly tag: string;
  readonly digest: string;
  readonly mediaType: string;
}

/** `slipway registry tags <repository>`. */
export async function listTags(
  text: string,
  options: { readonly stateDir?: string; readonly output: 'text' | 'json' },
): Promise<void> {
  await using place = await openRegistry(options.stateDir);
  const { client, registry } = place;
  const { repository } = ownReference(text, registry);
  const found: Tag[] = [];
  for await (const tag of client.tags({ registry, repository })) {
    const head = await client.headManifest({ registry, repository, tag });
    // A tag may go between the list and the look.
    if (head !== undefined) found.push({ tag, digest: head.digest ?? '', mediaType: head.mediaType });
  }
  printResult(options.output, found, () =>
    table(
      ['TAG', 'DIGEST', 'TYPE'],
      found.map(({ tag, digest, mediaType }) => [tag, digest, mediaType]),
    ),
  );
}
