import { openRegistry } from './place.ts';
import { printResult, table } from './print.ts';

/** `slipway registry ls`: the repositories; those of the mirror only when asked. */
export async function listRepositories(
  prefix: string | undefined,
  options: { readonly mirrors?: boolean; readonly stateDir?: string; readonly output: 'text' | 'json' },
): Promise<void> {
  await using place = await openRegistry(options.stateDir);
  const { client, registry } = place;
  const wantsMirrors = options.mirrors === true || prefix?.includes('.') === true;
  const found: { repository: string; tags: number }[] = [];
  for await (const repository of client.repositories(registry)) {
    const isMirror = repository.split('/', 1)[0]!.includes('.');
    const isBelow = prefix === undefined || repository === prefix || repository.startsWith(`${prefix}/`);
    if (!isBelow || (isMirror && !wantsMirrors)) continue;
    let tags = 0;
    for await (const _ of client.tags({ registry, repository })) tags += 1;
    found.push({ repository, tags });
  }
  const rows = found.map(({ repository, tags }) => [repository, String(tags)]);
  printResult(options.output, found, () => table(['REPOSITORY', 'TAGS'], rows));
}
