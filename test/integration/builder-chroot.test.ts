// The chroot makes the image that the user namespace makes: every case of the parity suite that runs something.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { storePaths } from '@slipway/builder';
import { ContentStore, decompressLayer } from '@slipway/oci';
import { busyboxPath, Workbench } from './builder/workbench.ts';
import type { BuiltImage } from './parity/built-image.ts';
import { makeContext, type ParityCase, parityCases } from './parity/cases.ts';
import { differences } from './parity/compare.ts';
import { type Member, readMembers } from './parity/flatten.ts';

const only = process.env.PARITY_CASE;
const EPOCH = 1_000_000_000;

/** What only names of one file have. */
const LINKED =
  /^\/(opt\/tool\/(again|one|third)|h\d|hd\/h3|x\/opt\/(ONE|moved\/again)) (content|mode|mtime|names|size): /;

/** Cases that differ, what of them does, and why it stays so. */
const DIFFERENT: Readonly<Record<string, readonly [line: RegExp, reason: string]>> = {
  'run-capabilities': [/^the chroot fails: .*\/proc\/self\/status/s, 'there is no /proc'],
  'run-limits': [/^the chroot fails: .*\/proc/s, 'there is no /proc'],
  'run-network-none': [
    /^the chroot fails: --network=none needs a namespace/,
    'there is no network namespace',
  ],
  'run-mknod': [
    /^the (user namespace|chroot) fails: .*Operation not permitted/s,
    'the kernel makes no devices in a user namespace; in a chroot only a container without CAP_SYS_ADMIN may',
  ],
  'run-devices': [
    /^\/(devices|folders) /,
    'there is no /dev/pts, /dev/mqueue, nor /dev/fd, which is in /proc',
  ],
  'run-changes-lower': [LINKED, 'an overlay separates the names of a file, as its copy has one'],
  'run-hardlinks': [LINKED, 'the same'],
  'run-mount-options': [/^\/tmpfs-ro: /, 'a tmpfs is a plain folder'],
  'run-renames': [LINKED, 'the same'],
  'run-replaces-types': [LINKED, 'a file that lost a name counts as changed'],
};

/** Those in which something depends on how programs are run and their changes are found. */
const RELEVANT =
  /^(run-|copy-from-|add-tar-replaces|onbuild-runs|stage-from-stage|volume-then-write|workdir-)/;

const cases = parityCases().filter(({ name, fails }) => {
  const file = join(import.meta.dirname, 'parity/testdata', name, 'Dockerfile');
  const runs = RELEVANT.test(name) && /^ *(onbuild +)?run\b/im.test(readFileSync(file, 'utf8'));
  return runs && fails === undefined && (only === undefined || new RegExp(only).test(name));
});

let bench: Workbench;

before(async () => {
  bench = await Workbench.open();
  const context = bench.context({});
  cpSync(join(import.meta.dirname, 'parity/base'), context, { recursive: true });
  cpSync(busyboxPath(), join(context, 'busybox'));
  copyProgram('setfattr', join(context, 'programs'));
  for (const target of ['base', 'triggers'])
    await bench.build(context, { destinations: [`${bench.registry}/library/${target}:1`], target });
});
after(() => bench?.[Symbol.asyncDispose]());

/** With the libraries that it needs. */
function copyProgram(name: string, folder: string): void {
  mkdirSync(folder);
  const script = 'cp -L --parents $(ldd $(command -v "$0") | grep -o "/[^ ]*") $(command -v "$0") "$1"';
  const { status, stderr } = spawnSync('sh', ['-euc', script, name, folder], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}

/** The image that the case gives under this isolation, or why there is none. */
async function build(each: ParityCase, isolation: 'userns' | 'chroot'): Promise<BuiltImage | string> {
  const { target, secrets, labels, buildArgs } = each;
  const context = bench.folder.join(`case-${each.name}`);
  // A state of its own: what the other has built is not to be found.
  const store = storePaths(bench.folder.join(`state-${isolation}`));
  const options = { target, secrets, labels, buildArgs, isolation, store, sourceDateEpoch: EPOCH };
  const built = await bench.build(context, options).catch((error: Error) => error.message);
  if (typeof built === 'string') return built;
  const content = await ContentStore.open(store.contentDir);
  const layers: Member[][] = [];
  for (const { descriptor } of built.result.layers)
    layers.push(await readMembers(decompressLayer(await content.open(descriptor.digest))));
  return { config: JSON.parse((await content.read(built.result.configDigest)).toString()), layers };
}

for (const each of cases) {
  test(`in a chroot as in a user namespace: ${each.name}`, async () => {
    makeContext(each, bench.folder.join(`case-${each.name}`));
    const inNamespace = await build(each, 'userns');
    const inChroot = await build(each, 'chroot');
    const lines: string[] = [];
    if (typeof inNamespace === 'string') lines.push(`the user namespace fails: ${inNamespace}`);
    if (typeof inChroot === 'string') lines.push(`the chroot fails: ${inChroot}`);
    if (typeof inNamespace !== 'string' && typeof inChroot !== 'string')
      lines.push(...differences(inChroot, inNamespace, { began: EPOCH + 1, treeOnly: true }));
    const [known] = DIFFERENT[each.name] ?? [];
    assert.deepEqual(
      lines.filter((line) => !known?.test(line)),
      [],
    );
    assert.equal(lines.length > 0, known !== undefined, 'a difference that is gone is listed no more');
  });
}
