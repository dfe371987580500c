// Images for other platforms than this machine's, and indexes of several.
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import type { RunBuildOptions } from '@slipway/builder';
import {
  ContentStore,
  hostPlatform,
  type ImageIndex,
  parseReference,
  pullImage,
  RegistryClient,
} from '@slipway/oci';
import { mountsBelow, Workbench } from './builder/workbench.ts';

const run = promisify(execFile);
const OWN = hostPlatform().architecture;
const FOREIGN = OWN === 'arm64' ? 's390x' : 'arm64';
const BOTH = [`linux/${OWN}`, `linux/${FOREIGN}`];

let bench: Workbench;

before(async () => {
  bench = await Workbench.open();
  await bench.pushBusybox();
});

after(async () => {
  await bench[Symbol.asyncDispose]();
});

/** Not `spawnSync`: the registry that it asks is in this process. */
async function skopeo(...args: string[]): Promise<string> {
  return (await run('skopeo', args, { timeout: 20_000 })).stdout;
}

const DOCKERFILE = [
  'FROM --platform=$BUILDPLATFORM docker.io/library/busybox:1 AS build',
  'ARG TARGETPLATFORM TARGETARCH BUILDPLATFORM',
  'RUN echo "$TARGETPLATFORM $TARGETARCH from $BUILDPLATFORM" > /program',
  'FROM scratch',
  'COPY --from=build /program /program',
  'WORKDIR /work',
  'CMD ["/program"]',
  '',
].join('\n');

async function pushBoth(name: string, more: Partial<RunBuildOptions> = {}): Promise<string> {
  const reference = `${bench.registry}/library/${name}:1`;
  const context = bench.context({ Dockerfile: DOCKERFILE });
  await bench.build(context, { platforms: BOTH, destinations: [reference], ...more });
  assert.deepEqual(mountsBelow(bench.stateDir), []);
  return reference;
}

test('an index of two platforms in one push, each with its own arguments', async () => {
  const reference = await pushBoth('both');
  const index: ImageIndex = JSON.parse(
    await skopeo('inspect', '--raw', '--tls-verify=false', `docker://${reference}`),
  );
  assert.equal(index.mediaType, 'application/vnd.oci.image.index.v1+json');
  assert.deepEqual(
    index.manifests.map(({ platform }) => platform),
    [
      { os: 'linux', architecture: OWN },
      { os: 'linux', architecture: FOREIGN },
    ],
  );
  const store = await ContentStore.open(bench.folder.join('pulled'));
  const client = new RegistryClient({ insecure: () => true });
  for (const architecture of [OWN, FOREIGN]) {
    const ref = parseReference(reference);
    const platform = { os: 'linux', architecture };
    const image = await pullImage({ client, ref, store, platform });
    assert.equal(image.config.architecture, architecture);
    const folder = bench.folder.join(`copied-${architecture}`);
    const from = `docker://${reference}`;
    await skopeo(
      '--override-arch',
      architecture,
      'copy',
      '-q',
      '--src-tls-verify=false',
      from,
      `oci:${folder}:x`,
    );
    const tar = spawnSync('sh', [
      '-c',
      `for f in ${folder}/blobs/sha256/*; do tar -xzOf $f program 2>/dev/null; done`,
    ]);
    assert.equal(tar.stdout.toString().trim(), `linux/${architecture} ${architecture} from linux/${OWN}`);
  }
});

test('docker media types; the steps say for which platform they are', async () => {
  const reference = `${bench.registry}/library/listed:1`;
  const context = bench.context({ Dockerfile: 'FROM scratch AS files\nCOPY Dockerfile /\n' });
  const { events, result } = await bench.build(context, {
    platforms: BOTH,
    format: 'docker',
    destinations: [reference],
  });
  assert.equal(result.manifest.mediaType, 'application/vnd.docker.distribution.manifest.list.v2+json');
  assert.deepEqual(
    result.images.map(({ platform }) => platform),
    BOTH,
  );
  const titles = events.flatMap((event) => (event.type === 'start' ? [event.title] : []));
  assert.deepEqual(
    titles.slice(0, 2),
    BOTH.map((name) => `[${name} files 2/2] COPY Dockerfile /`),
  );
});

test('a single foreign platform is one image; FROM an image of it, which runs nothing', async () => {
  const reference = `${bench.registry}/library/foreign:1`;
  const context = bench.context({ Dockerfile: 'FROM scratch\nCOPY Dockerfile /\n' });
  await bench.build(context, { platform: `linux/${FOREIGN}`, destinations: [reference] });
  const child = bench.context({
    Dockerfile: `FROM ${reference}\nCOPY Dockerfile /two\nENV A=1\nWORKDIR /made\n`,
  });
  const { result } = await bench.build(child, { platforms: [`linux/${FOREIGN}`] });
  const { architecture, rootfs } = await bench.config(result);
  assert.equal(architecture, FOREIGN);
  assert.equal(rootfs.diff_ids.length, 3);
});

test('outputs of an index: an OCI layout, an archive for docker load, a folder for each platform', async () => {
  const context = bench.context({ Dockerfile: DOCKERFILE });
  const layout = bench.folder.join('layout');
  const docker = bench.folder.join('docker.tar');
  const local = bench.folder.join('local');
  const { result } = await bench.build(context, {
    platforms: BOTH,
    outputs: [
      { type: 'oci-layout', dest: layout },
      { type: 'docker', dest: docker, names: ['app:1'] },
      { type: 'local', dest: local },
    ],
  });
  const { manifests } = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8')) as ImageIndex;
  assert.deepEqual(manifests, [result.manifest]);
  await skopeo('--override-arch', FOREIGN, 'copy', '-q', `oci:${layout}`, `dir:${bench.folder.join('one')}`);
  await skopeo('inspect', `docker-archive:${docker}:app:1`);
  assert.match(readFileSync(join(local, `linux_${FOREIGN}`, 'program'), 'utf8'), new RegExp(FOREIGN));
  assert.ok(existsSync(join(local, `linux_${OWN}`, 'work')));
  const tar = bench.build(context, { platforms: BOTH, outputs: [{ type: 'tar', dest: '-' }] });
  await assert.rejects(tar, { code: 'OUTPUT_PLATFORMS' });
});

for (const name of ['windows/amd64', 'linux/amd64,linux/arm64', 'linux/', 'linux/a/b/c', '']) {
  test(`"${name}" is no platform`, async () => {
    const context = bench.context({ Dockerfile: 'FROM scratch\nCOPY Dockerfile /\n' });
    await assert.rejects(bench.build(context, { platforms: [name] }), { code: 'PLATFORM_INVALID' });
  });
}

test('RUN for a platform whose programs cannot run here is refused before anything runs, with its line', async () => {
  const context = bench.context({
    Dockerfile: 'FROM scratch AS one\nCOPY Dockerfile /\nFROM one\nWORKDIR /x\nRUN ["/program"]\n',
  });
  const events: string[] = [];
  const progress = { emit: ({ type }: { type: string }): unknown => events.push(type) };
  await assert.rejects(bench.build(context, { platforms: [`linux/${OWN}`, 'linux/ppc'], progress }), {
    code: 'BUILD_PLATFORM',
    place: { file: 'Dockerfile', line: 5, column: 1, text: 'RUN ["/program"]' },
    message: /^RUN needs programs of linux\/ppc to run here, on linux\//,
    hint: /FROM --platform=\$BUILDPLATFORM/,
  });
  assert.deepEqual(events, []);
});
