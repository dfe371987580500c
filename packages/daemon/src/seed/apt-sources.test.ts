import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { defaultSources, isDebianArchive, parseDeb822, parseSourcesList, sourceLine } from './apt-sources.ts';
import { readDebianHost } from './debian-host.ts';

const LIST = `# a comment
deb http://deb.debian.org/debian bookworm main contrib # behind
deb-src http://deb.debian.org/debian bookworm main
deb [arch=amd64 signed-by=/etc/apt/keyrings/docker.gpg] https://download.docker.com/linux/debian bookworm stable
#deb http://old/debian bookworm main
`;

const DEB822 = `Types: deb deb-src
# a snapshot
URIs: http://a/debian http://b/debian
Suites: bookworm bookworm-updates
Components: main
 contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
Enabled: no
URIs: http://off/debian
Suites: bookworm
Components: main

Types: deb-src
URIs: http://sources/debian
Suites: bookworm
Components: main
`;

test('the one-line format', () => {
  assert.deepEqual(parseSourcesList(LIST), [
    { uri: 'http://deb.debian.org/debian', suite: 'bookworm', components: ['main', 'contrib'] },
    {
      uri: 'https://download.docker.com/linux/debian',
      suite: 'bookworm',
      components: ['stable'],
      signedBy: '/etc/apt/keyrings/docker.gpg',
    },
  ]);
});

test('the deb822 format', () => {
  const found = parseDeb822(DEB822).map(({ uri, suite }) => `${uri} ${suite}`);
  assert.deepEqual(found, [
    'http://a/debian bookworm',
    'http://a/debian bookworm-updates',
    'http://b/debian bookworm',
    'http://b/debian bookworm-updates',
  ]);
  assert.deepEqual(parseDeb822(DEB822)[0]!.components, ['main', 'contrib']);
});

const archives: [
  uri: string,
  suite: string,
  components: string,
  signedBy: string | undefined,
  ours: boolean,
][] = [
  ['http://deb.debian.org/debian', 'bookworm', 'main', undefined, true],
  ['https://mirror.corp/debian-security/', 'bookworm-security', 'main', undefined, true],
  ['https://art.corp/apt-remote', 'bookworm', 'main', '/usr/share/keyrings/debian-archive-keyring.gpg', true],
  ['https://art.corp/apt-remote', 'bookworm', 'main', undefined, false],
  ['https://apt.vendor.com', 'bookworm', 'main', '/etc/apt/keyrings/vendor.gpg', false],
  ['https://vendor.com/debian', 'bookworm', 'main', '/etc/apt/keyrings/vendor.gpg', false],
  ['https://download.docker.com/linux/debian', 'bookworm', 'stable', undefined, false],
  ['http://deb.debian.org/debian', 'trixie', 'main', undefined, false],
  ['http://deb.debian.org/debian', 'bookworm-backports', 'main', undefined, false],
];

for (const [uri, suite, components, signedBy, ours] of archives) {
  test(`${uri} ${suite} ${components}${signedBy ? ` by ${signedBy}` : ''} is ${ours ? 'ours' : "someone else's"}`, () => {
    const source = {
      uri,
      suite,
      components: components.split(' '),
      ...(signedBy === undefined ? {} : { signedBy }),
    };
    assert.equal(isDebianArchive(source, 'bookworm'), ours);
  });
}

test('the line for sources.list names no key', () => {
  assert.equal(sourceLine(parseDeb822(DEB822)[0]!), 'deb http://a/debian bookworm main contrib');
});

/** The host that a root folder with these files is taken for. */
async function hostOf(files: Record<string, string>): Promise<Awaited<ReturnType<typeof readDebianHost>>> {
  const root = await mkdtemp(join(tmpdir(), 'slipway-host-'));
  try {
    await mkdir(join(root, 'etc/apt/sources.list.d'), { recursive: true });
    for (const [name, text] of Object.entries(files)) await writeFile(join(root, 'etc', name), text);
    return await readDebianHost(root);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

const OS_RELEASE = 'PRETTY_NAME="Debian GNU/Linux 13"\nVERSION_CODENAME=trixie\nID=debian\n';

test("a Debian machine's own sources are used, its third parties' are not", async () => {
  const { suite, sources } = await hostOf({
    'os-release': OS_RELEASE,
    'apt/sources.list.d/debian.sources': DEB822.replaceAll('bookworm', 'trixie'),
    'apt/sources.list.d/docker.list': LIST.replaceAll('bookworm', 'trixie').replace(/^deb http.*$/m, ''),
    'apt/sources.list.d/old.list.disabled': 'deb http://deb.debian.org/debian trixie main\n',
  });
  assert.equal(suite, 'trixie');
  assert.deepEqual([...new Set(sources.map(({ uri }) => uri))], ['http://a/debian', 'http://b/debian']);
});

test('a Debian without usable sources, and another system, take those of deb.debian.org', async () => {
  assert.deepEqual(await hostOf({ 'os-release': OS_RELEASE }), {
    suite: 'trixie',
    sources: defaultSources('trixie'),
  });
  const ubuntu = await hostOf({
    'os-release': 'ID=ubuntu\nID_LIKE=debian\nVERSION_CODENAME=noble\n',
    'apt/sources.list': 'deb http://archive.ubuntu.com/ubuntu noble main\n',
  });
  assert.deepEqual(ubuntu, { suite: 'bookworm', sources: defaultSources('bookworm') });
});
