import { SlipwayError } from '@slipway/core';

/** What the tags of the images depend on. */
interface CatalogueFacts {
  /** Debian's code name: `bookworm`. */
  readonly suite: string;
  /** Slipway's own version. */
  readonly version: string;
}

/** An image that `slipway seed` makes. */
export interface CatalogueEntry {
  /** Its name on the command line, and its folder under `images/`. */
  readonly name: string;
  /** The repository of the embedded registry in which the mirror looks for it. */
  readonly repository: string;
  /** The entry that its Dockerfile builds on. */
  readonly base?: string;
  readonly description: string;
  tags(facts: CatalogueFacts): readonly string[];
}

interface Release {
  readonly number: string;
  readonly go: string;
  readonly busybox: string;
  readonly docker: string;
  readonly buildah: string;
}

/** Facts about Debian's releases that never change again: what their packages are the versions of. */
const RELEASES: Readonly<Record<string, Release>> = {
  bullseye: { number: '11', go: '1.15', busybox: '1.30', docker: '20.10', buildah: '1.19' },
  bookworm: { number: '12', go: '1.19', busybox: '1.35', docker: '20.10', buildah: '1.28' },
  trixie: { number: '13', go: '1.24', busybox: '1.37', docker: '26.1', buildah: '1.39' },
};

/** Every image, each behind the one that it builds on. */
export const CATALOGUE: readonly CatalogueEntry[] = [
  {
    name: 'debian',
    repository: 'docker.io/library/debian',
    description: "Debian's essential packages and apt, without manuals and translations",
    tags: ({ suite }) => {
      const number = RELEASES[suite]?.number;
      return ['latest', suite, `${suite}-slim`, ...(number === undefined ? [] : [number, `${number}-slim`])];
    },
  },
  {
    name: 'busybox',
    repository: 'docker.io/library/busybox',
    base: 'debian',
    description: "Debian's busybox-static with all its applets",
    tags: ({ suite }) => ['latest', 'stable', ...versions(RELEASES[suite]?.busybox)],
  },
  {
    name: 'alpine',
    repository: 'docker.io/library/alpine',
    base: 'busybox',
    description: 'busybox with CA certificates; it has no apk',
    tags: () => ['latest', '3'],
  },
  {
    name: 'golang',
    repository: 'docker.io/library/golang',
    base: 'debian',
    description: "Debian's Go with the official image's GOPATH and WORKDIR; it has no C compiler",
    tags: ({ suite }) => {
      const numbers = versions(RELEASES[suite]?.go);
      return ['latest', suite, ...numbers, ...numbers.map((number) => `${number}-${suite}`)];
    },
  },
  {
    name: 'executor',
    repository: 'docker.io/slipway/executor',
    base: 'debian',
    description: 'Node, git, runc and slipway itself: what build steps run in',
    tags: ({ version }) => ['latest', version],
  },
  {
    name: 'kaniko',
    repository: 'gcr.io/kaniko-project/executor',
    base: 'executor',
    description: "the executor with kaniko's command line and entry point, and a shell",
    tags: () => ['latest', 'debug'],
  },
  {
    name: 'docker',
    repository: 'docker.io/library/docker',
    base: 'debian',
    description: "Debian's docker command, for a daemon whose socket is mounted",
    tags: ({ suite }) => ['latest', 'cli', ...versions(RELEASES[suite]?.docker)],
  },
  {
    name: 'buildah',
    repository: 'quay.io/buildah/stable',
    base: 'debian',
    description: "Debian's buildah and runc, configured to run in a container",
    tags: ({ suite }) => ['latest', ...versions(RELEASES[suite]?.buildah).map((number) => `v${number}`)],
  },
  {
    name: 'git',
    repository: 'docker.io/alpine/git',
    base: 'debian',
    description: "Debian's git with ssh: what the catalog's Task git-clone runs in",
    tags: () => ['latest'],
  },
];

/** `1.19` → 1, 1.19. */
function versions(number: string | undefined): string[] {
  return number === undefined ? [] : [number.split('.')[0]!, number];
}

/** The entries with these names and those that they build on, in the order of the catalogue; all without names. Throws SEED_UNKNOWN_IMAGE. */
export function selectEntries(names: readonly string[] = []): CatalogueEntry[] {
  const wanted = new Set(names.length === 0 ? CATALOGUE.map(({ name }) => name) : names);
  for (const name of wanted) {
    const entry = CATALOGUE.find((one) => one.name === name);
    if (entry === undefined) throw unknown(name);
    if (entry.base !== undefined) wanted.add(entry.base);
  }
  return CATALOGUE.filter(({ name }) => wanted.has(name));
}

function unknown(name: string): SlipwayError {
  const names = CATALOGUE.map((entry) => entry.name).join(', ');
  return new SlipwayError('not-found', 'SEED_UNKNOWN_IMAGE', `there is no stand-in for "${name}"`, {
    hint: `there are ${names}`,
  });
}
