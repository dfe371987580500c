import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type AptSource,
  defaultSources,
  isDebianArchive,
  parseDeb822,
  parseSourcesList,
} from './apt-sources.ts';

/** Where packages come from on this machine. */
export interface DebianHost {
  /** Code name of the Debian release that images are made from. */
  readonly suite: string;
  readonly sources: readonly AptSource[];
}

/** The release on machines that are not Debian: the one whose packages the images are tried with. */
const FALLBACK_SUITE = 'bookworm';

/** Reads the machine's release and apt sources; `root` is `/` but in tests. */
export async function readDebianHost(root = '/'): Promise<DebianHost> {
  const release = await readIfThere(join(root, 'etc/os-release'));
  const isDebian = /^ID=["']?debian["']?$/m.test(release);
  const codename = /^VERSION_CODENAME=["']?([a-z]+)["']?$/m.exec(release)?.[1];
  const suite = isDebian && codename !== undefined ? codename : FALLBACK_SUITE;
  const found = (await readSources(join(root, 'etc/apt'))).filter((source) => isDebianArchive(source, suite));
  // Updates alone cannot make a system: without the release itself the list is of no use.
  const usable = found.some((source) => source.suite === suite);
  return { suite, sources: usable ? found : defaultSources(suite) };
}

async function readSources(folder: string): Promise<AptSource[]> {
  const parts = (await readdir(join(folder, 'sources.list.d')).catch(() => [])).sort();
  const sources = parseSourcesList(await readIfThere(join(folder, 'sources.list')));
  for (const name of parts) {
    const text = await readIfThere(join(folder, 'sources.list.d', name));
    // Apt's rule: other endings are not read.
    if (name.endsWith('.list')) sources.push(...parseSourcesList(text));
    if (name.endsWith('.sources')) sources.push(...parseDeb822(text));
  }
  return sources;
}

/** A machine need not have the file; then it says nothing. */
async function readIfThere(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}
