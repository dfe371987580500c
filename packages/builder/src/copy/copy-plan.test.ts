import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { ignoreMatcher, parseDockerignore } from '@slipway/dockerfile';
import { type TemporaryFolder, temporaryFolder } from '@slipway/testkit';
import { type CopyPlanOptions, planCopy, planFolder } from './copy-plan.ts';

/** `path`, `path/` for a folder, `path -> target` for a symlink. */
type Tree = readonly string[];

function makeTree(folder: TemporaryFolder, name: string, tree: Tree): string {
  mkdirSync(folder.join(name));
  for (const item of tree) {
    const [path = '', link] = item.split(' -> ');
    const target = folder.join(name, path);
    mkdirSync(path.endsWith('/') ? target : dirname(target), { recursive: true });
    if (link !== undefined) symlinkSync(link, target);
    else if (!path.endsWith('/')) writeFileSync(target, path);
  }
  return folder.join(name);
}

interface Case {
  readonly name: string;
  readonly context: Tree;
  readonly rootfs?: Tree;
  readonly sources: readonly string[];
  readonly to: string;
  readonly ignore?: string;
  readonly more?: Partial<CopyPlanOptions>;
  /** Targets of the layer, without the folders that the base has already. */
  readonly want: readonly string[];
}

const context: Tree = [
  'a',
  'b.txt',
  'dir/x',
  'dir/sub/y',
  'empty/',
  'link -> a',
  'dirlink -> dir',
  'out -> /etc',
];

const cases: readonly Case[] = [
  { name: 'a file to a name', context, sources: ['a'], to: '/new', want: ['new'] },
  { name: 'a file into missing folders', context, sources: ['a'], to: '/p/q/r', want: ['p', 'p/q', 'p/q/r'] },
  { name: 'a file to a trailing slash', context, sources: ['a'], to: '/p/', want: ['p', 'p/a'] },
  {
    name: 'a file into an existing folder',
    context,
    rootfs: ['p/'],
    sources: ['a'],
    to: '/p',
    want: ['p/a'],
  },
  { name: 'a file over a file', context, rootfs: ['p'], sources: ['a'], to: '/p', want: ['p'] },
  {
    name: 'a folder gives its content',
    context,
    sources: ['dir'],
    to: '/p',
    want: ['p', 'p/sub', 'p/sub/y', 'p/x'],
  },
  {
    name: 'a folder into an existing one',
    context,
    rootfs: ['p/'],
    sources: ['dir'],
    to: '/p',
    want: ['p/sub', 'p/sub/y', 'p/x'],
  },
  { name: 'an empty folder', context, sources: ['empty'], to: '/e', want: ['e'] },
  { name: 'several sources', context, sources: ['a', 'b.txt'], to: '/p/', want: ['p', 'p/a', 'p/b.txt'] },
  { name: 'a wildcard', context, sources: ['*.txt'], to: '/p/', want: ['p', 'p/b.txt'] },
  { name: 'a wildcard in the middle', context, sources: ['d*r/?'], to: '/p/', want: ['p', 'p/x'] },
  {
    name: '--parents from a pivot',
    context,
    sources: ['dir/./sub/y'],
    to: '/p/',
    more: { keepParents: true },
    want: ['p', 'p/sub', 'p/sub/y'],
  },
  {
    name: '--parents with ** in the pattern',
    context,
    sources: ['**/y'],
    to: '/p/',
    more: { keepParents: true },
    want: ['p', 'p/dir', 'p/dir/sub', 'p/dir/sub/y'],
  },
  {
    name: '--parents with ** behind a pivot',
    context,
    sources: ['./dir/./**/?'],
    to: '/p/',
    more: { keepParents: true },
    want: ['p', 'p/sub', 'p/sub/y', 'p/x'],
  },
  { name: 'a wildcard that matches nothing', context, sources: ['*.zip'], to: '/p/', want: [] },
  { name: 'a link as source is followed', context, sources: ['link'], to: '/p', want: ['p'] },
  {
    name: 'a link to a folder as source',
    context,
    sources: ['dirlink'],
    to: '/p',
    want: ['p', 'p/sub', 'p/sub/y', 'p/x'],
  },
  { name: '.. stays in the context', context, sources: ['../../a'], to: '/p', want: ['p'] },
  { name: '.. stays in the root', context, sources: ['a'], to: '/../../p', want: ['p'] },
  {
    name: 'a link in the destination is followed',
    context,
    rootfs: ['real/', 'to -> /real'],
    sources: ['a'],
    to: '/to/',
    want: ['real/a'],
  },
  {
    name: 'a link out of the root stays inside',
    context,
    rootfs: ['etc/', 'to -> ../../../etc'],
    sources: ['a'],
    to: '/to/',
    want: ['etc/a'],
  },
  {
    name: 'a link to nothing makes its target',
    context,
    rootfs: ['to -> /gone/deep'],
    sources: ['a'],
    to: '/to/',
    want: ['gone', 'gone/deep', 'gone/deep/a'],
  },
  {
    name: 'ignored files',
    context,
    ignore: 'dir\na',
    sources: ['.'],
    to: '/',
    want: ['b.txt', 'dirlink', 'empty', 'link', 'out'],
  },
  {
    name: 'ignored with an exception',
    context,
    ignore: '*\n!dir/sub',
    sources: ['.'],
    to: '/',
    want: ['dir', 'dir/sub', 'dir/sub/y'],
  },
  {
    name: '--exclude',
    context,
    sources: ['dir'],
    to: '/p/',
    more: { excludes: ignoreMatcher(['sub']) },
    want: ['p', 'p/x'],
  },
  {
    name: '--parents',
    context,
    sources: ['dir/sub/y'],
    to: '/p/',
    more: { keepParents: true },
    want: ['p', 'p/dir', 'p/dir/sub', 'p/dir/sub/y'],
  },
];

for (const { name, context, rootfs, sources, to, ignore, more, want } of cases) {
  test(`COPY ${name}`, () => {
    using folder = temporaryFolder();
    const tree = {
      root: makeTree(folder, 'context', context),
      title: 'the context',
      keepsOwners: false,
      ignore: ignore === undefined ? undefined : parseDockerignore(ignore),
    };
    const entries = planCopy({
      sources: sources.map((path) => ({ kind: 'tree' as const, tree, path })),
      destination: to,
      rootfs: rootfs === undefined ? undefined : makeTree(folder, 'rootfs', rootfs),
      now: new Date(0),
      ...more,
    });
    assert.deepEqual(
      [...entries].filter((entry) => !entry.implied).map((entry) => entry.target),
      want,
    );
  });
}

const failures: readonly (Omit<Case, 'want'> & { readonly code: string })[] = [
  { name: 'a missing source', context, sources: ['gone'], to: '/p', code: 'COPY_SOURCE_NOT_FOUND' },
  {
    name: 'an ignored source',
    context,
    ignore: 'a',
    sources: ['a'],
    to: '/p',
    code: 'COPY_SOURCE_NOT_FOUND',
  },
  {
    name: 'a link out of the context',
    context,
    sources: ['out/passwd'],
    to: '/p',
    code: 'COPY_SOURCE_NOT_FOUND',
  },
  {
    name: 'a folder over a file',
    context,
    rootfs: ['p'],
    sources: ['dir'],
    to: '/p',
    code: 'COPY_NOT_A_FOLDER',
  },
  {
    name: 'a file over a folder',
    context,
    rootfs: ['p/x/'],
    sources: ['dir'],
    to: '/p',
    code: 'COPY_OVER_FOLDER',
  },
  {
    name: 'a folder through a link below the destination',
    context,
    rootfs: ['p/sub -> /etc'],
    sources: ['dir'],
    to: '/p',
    code: 'COPY_NOT_A_FOLDER',
  },
  {
    name: 'links in a circle',
    context,
    rootfs: ['p -> q', 'q -> p'],
    sources: ['a'],
    to: '/p',
    code: 'PATH_LOOP',
  },
  { name: 'a bad pattern', context, sources: ['[a'], to: '/p/', code: 'COPY_PATTERN' },
];

for (const { name, context, rootfs, sources, to, ignore, code } of failures) {
  test(`COPY refuses ${name}`, () => {
    using folder = temporaryFolder();
    const root = makeTree(folder, 'context', context);
    const tree = {
      root,
      title: 'the context',
      keepsOwners: false,
      ignore: ignore === undefined ? undefined : parseDockerignore(ignore),
    };
    const options = {
      sources: sources.map((path) => ({ kind: 'tree' as const, tree, path })),
      destination: to,
      rootfs: rootfs === undefined ? undefined : makeTree(folder, 'rootfs', rootfs),
      now: new Date(0),
    };
    assert.throws(() => planCopy(options), { code });
  });
}

test('new folders belong to --chown, folders of the base stay as they are', () => {
  using folder = temporaryFolder();
  const rootfs = makeTree(folder, 'rootfs', ['have/']);
  const owner = { uid: 7, gid: 8 };
  const entries = planFolder({ destination: '/have/new/deep', rootfs, owner, now: new Date(0) });
  assert.deepEqual(
    [...(entries ?? [])].map(({ target, uid, gid, mode, implied }) => [target, uid, gid, mode, implied]),
    [
      ['have', process.getuid?.(), process.getgid?.(), 0o755, true],
      ['have/new', 7, 8, 0o755, undefined],
      ['have/new/deep', 7, 8, 0o755, undefined],
    ],
  );
  assert.equal(planFolder({ destination: '/have', rootfs, now: new Date(0) }), undefined);
});
