import { mkdtemp, realpath, rm, statfs, symlink } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { SlipwayError } from '@slipway/core';
import { mountShell } from './mount-shell.ts';

export interface OverlayOptions {
  /** Read-only folders, topmost first. */
  readonly lower: readonly string[];
  /** Where changes go. It, `work` and `target` must exist; `upper` and `work` are on one filesystem. */
  readonly upper: string;
  readonly work: string;
  readonly target: string;
  /** Skip syncing the upper folder: for changes that nobody needs after a crash. */
  readonly volatile?: boolean;
}

const OVERLAYFS_MAGIC = 0x794c7630;
/** mount(2) takes one page of options; the rest of it holds the other options. */
const MAX_OPTIONS = 3800;

/**
 * Mounts an overlay at `target`. Whiteouts and opaque marks are `user.overlay.*` attributes (`userxattr`), which work
 * the same for root and in a user namespace. Throws OVERLAY_FAILED with the reason.
 */
export async function mountOverlay(options: OverlayOptions): Promise<void> {
  if (options.lower.length === 0) {
    throw new SlipwayError('invalid', 'OVERLAY_FAILED', `no lower folder to mount at ${options.target}`);
  }
  const base = commonFolder([...options.lower, options.upper, options.work]);
  const plain = optionText(options, (path) => relative(base, path) || '.');
  if (plain.length <= MAX_OPTIONS && !/[\\:"]/.test(plain.replaceAll(/(^|,)lowerdir=[^,]*/g, ''))) {
    return await mountFrom(base, plain, options);
  }
  await using links = await shortLinks(options);
  await mountFrom(
    links.folder,
    optionText(options, (path) => links.names.get(path)!),
    options,
  );
}

function optionText(options: OverlayOptions, name: (path: string) => string): string {
  const lower = options.lower.map(name).join(':');
  const text = `userxattr,lowerdir=${lower},upperdir=${name(options.upper)},workdir=${name(options.work)}`;
  return options.volatile ? `volatile,${text}` : text;
}

/** The options name folders relative to the working directory: absolute paths would soon fill the one page. */
async function mountFrom(cwd: string, optionText: string, options: OverlayOptions): Promise<void> {
  const args = ['-i', '-t', 'overlay', '-o', optionText, 'overlay', resolve(options.target)];
  const { exitCode, output } = await mountShell.run(['mount', ...args], { cwd });
  if (exitCode === 0) return;
  throw await overlayError(output, options);
}

async function overlayError(output: string, options: OverlayOptions): Promise<SlipwayError> {
  const reason = output.trim().split('\n')[0] ?? '';
  const { type } = await statfs(options.upper).catch(() => ({ type: 0 }));
  const hint =
    type === OVERLAYFS_MAGIC
      ? 'the folder is itself on an overlay, which cannot hold another: put it on a volume or a tmpfs'
      : '"slipway doctor" shows what this machine allows';
  return new SlipwayError('unsupported', 'OVERLAY_FAILED', `cannot mount an overlay: ${reason}`, { hint });
}

function commonFolder(paths: readonly string[]): string {
  let folder = resolve(paths[0]!);
  for (const path of paths) {
    while (folder !== '/' && path !== folder && !path.startsWith(`${folder}/`)) folder = dirname(folder);
  }
  return folder;
}

interface ShortLinks extends AsyncDisposable {
  readonly folder: string;
  readonly names: ReadonlyMap<string, string>;
}

/** A folder of links named 0, 1, 2…: the kernel follows them while mounting, and hundreds of layers fit in a page. */
async function shortLinks(options: OverlayOptions): Promise<ShortLinks> {
  const folder = await mkdtemp(join(await realpath(dirname(options.work)), '.links-'));
  const names = new Map<string, string>();
  for (const path of [...options.lower, options.upper, options.work]) {
    const name = String(names.size);
    await symlink(resolve(path), join(folder, name));
    names.set(path, name);
  }
  return { folder, names, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}
