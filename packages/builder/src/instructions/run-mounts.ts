import { chmod, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inUserNamespace, mountTmpfs, unmount } from '@slipway/containers';
import { SlipwayError } from '@slipway/core';
import { expand, type Mount as MountSpec, parseMount, type Word } from '@slipway/dockerfile';
import { applyLayer } from '@slipway/oci';
import type { KeyPart } from '../cache/cache-key.ts';
import { bytePath, hostPath } from '../copy/byte-path.ts';
import { copyLayer } from '../copy/copy-layer.ts';
import { planCopy } from '../copy/copy-plan.ts';
import { entriesDigest } from '../copy/entries-digest.ts';
import { resolveInRoot } from '../copy/resolve-in-root.ts';
import type { SourceTree } from '../copy/source-tree.ts';
import { chainKey } from '../image/layer-chain.ts';
import { viewLayers } from '../image/root-view.ts';
import { defaultsOf } from '../image/stage-state.ts';
import type { Mount } from '../isolation/run-mount.ts';
import { giveTo } from '../isolation/single-id/give-to.ts';
import { type SecretValue, secretBytes, secretText } from '../secret-value.ts';
import { mountCache } from './cache-mount.ts';
import type { InstructionOf } from './instruction-handler.ts';
import type { FileSource, LayerContext } from './layer-step.ts';
import { defaultSshTarget, openSsh } from './ssh-mount.ts';

/** The mounts of one RUN: what they mean for the cache, and, once it is sure that the program runs, the real ones. */
export interface PreparedMounts extends AsyncDisposable {
  readonly identity: KeyPart;
  /** Variables that secrets are given in. */
  readonly env: readonly string[];
  open(): Promise<Mount[]>;
}

interface PlannedMount {
  readonly spec: MountSpec;
  readonly place: Word['place'];
  /** What a bind or a cache is taken from. */
  readonly source: FileSource | undefined;
  /** How many SSH mounts of the instruction stand before this one. */
  readonly sshIndex: number;
}

/** Reads the instruction's `--mount`s. Throws RUN_MOUNT, RUN_SECRET. */
export async function prepareMounts(
  context: LayerContext,
  instruction: InstructionOf<'run'>,
): Promise<PreparedMounts> {
  const { session, scope } = context;
  const sources = [...context.sources];
  let sshCount = 0;
  const planned = instruction.mounts.map((word): PlannedMount => {
    const options = { place: word.place, escape: session.escape };
    const spec = parseMount(word, (text) => expand(text, scope.lookup, options));
    const source = spec.from === undefined ? undefined : sources.shift();
    const sshIndex = spec.type === 'ssh' ? sshCount : 0;
    if (spec.type === 'ssh') sshCount += 1;
    return { spec, place: word.place, source, sshIndex };
  });
  const identity: KeyPart[] = [];
  for (const mount of planned) identity.push(await mountIdentity(context, mount));
  const stack = new AsyncDisposableStack();
  return {
    identity,
    env: [...planned.flatMap((mount) => secretVariable(context, mount)), ...sshVariable(context, planned)],
    open: async () => {
      const opened: Mount[] = [];
      for (const mount of planned) opened.push(...(await openMount(context, mount, stack)));
      return opened;
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** Secrets, caches and scratch space do not change what a RUN means; files that are bound in do. */
async function mountIdentity(context: LayerContext, { spec, source }: PlannedMount): Promise<KeyPart> {
  const { session } = context;
  if (spec.type !== 'bind') return [spec.type, spec.target, spec.id];
  const path = spec.source ?? '/';
  const common = [spec.type, targetOf(context, spec), path, spec.readOnly];
  if (source?.kind === 'layers') return [...common, chainKey(source.layers)];
  const tree = source?.tree ?? session.context;
  const entries = planCopy({
    sources: [{ kind: 'tree', tree, path }],
    destination: '/',
    rootfs: undefined,
    now: session.created,
  });
  const digest = await entriesDigest(entries, session.fileIndex, session.signal);
  context.trace.reads(entries, [Buffer.from(tree.root).toString('latin1')]);
  return [...common, digest];
}

async function openMount(
  context: LayerContext,
  mount: PlannedMount,
  stack: AsyncDisposableStack,
): Promise<Mount[]> {
  const { spec, place } = mount;
  switch (spec.type) {
    case 'bind':
      return [await openBind(context, mount, stack)];
    case 'cache':
      return [await mountCache(context, spec, targetOf(context, spec), stack)];
    case 'tmpfs':
      return [
        {
          type: 'tmpfs',
          target: targetOf(context, spec),
          readOnly: false,
          size: spec.sizeBytes,
          kind: 'folder',
        },
      ];
    case 'secret':
      return await openSecret(context, mount, stack);
    case 'ssh':
      return await openSsh(context, spec, place, sshTarget(context, mount), stack);
  }
}

function targetOf(context: LayerContext, spec: MountSpec): string {
  const { WorkingDir = '/' } = defaultsOf(context.state);
  const target = spec.target ?? '/';
  return `/${bytePath(target.startsWith('/') ? target : `${WorkingDir}/${target}`)}`;
}

async function openBind(
  context: LayerContext,
  { spec, source, place }: PlannedMount,
  stack: AsyncDisposableStack,
): Promise<Mount> {
  const { session } = context;
  const root = await bindRoot(context, source, stack);
  const path = resolveInRoot(root, bytePath(spec.source ?? '/'));
  const found = hostPath(root, path).toString();
  const info = await stat(found).catch(() => undefined);
  if (!info) {
    throw new SlipwayError('invalid', 'RUN_MOUNT', `the source ${spec.source} of the mount does not exist`, {
      place,
    });
  }
  const kind = info.isDirectory() ? 'folder' : 'file';
  const target = targetOf(context, spec);
  if (spec.readOnly || kind === 'file') {
    return { type: 'bind', source: found, target, readOnly: true, kind };
  }
  // Writes to a bind are thrown away: they go to an overlay of its own.
  const writable = stack.use(await (await session.rung()).view([found], { writable: true }));
  return { type: 'bind', source: writable.path, target, readOnly: false, kind };
}

async function bindRoot(
  context: LayerContext,
  source: FileSource | undefined,
  stack: AsyncDisposableStack,
): Promise<string> {
  const { session } = context;
  if (source?.kind === 'layers') {
    const view = stack.use(await viewLayers(session, source.layers));
    return view.path ?? (await session.scratch.subfolder('empty'));
  }
  const tree = source?.tree ?? session.context;
  return tree.ignore === undefined ? tree.root : await filteredContext(context, tree, stack);
}

/** The context without what .dockerignore leaves out, as a folder: unpacked from the layer that a COPY of it would make. */
async function filteredContext(
  context: LayerContext,
  tree: SourceTree,
  stack: AsyncDisposableStack,
): Promise<string> {
  const { session } = context;
  const folder = await session.scratch.subfolder('context');
  const entries = planCopy({
    sources: [{ kind: 'tree', tree, path: '/' }],
    destination: '/',
    rootfs: undefined,
    now: session.created,
  });
  await applyLayer(folder, copyLayer(entries), { signal: session.signal });
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

function secretOf(context: LayerContext, { spec, place }: PlannedMount): SecretValue | undefined {
  const id = spec.id ?? spec.source ?? baseOf(spec.target ?? '');
  const value = context.session.request.secrets?.[id];
  if (value === undefined && spec.required) {
    throw new SlipwayError('invalid', 'RUN_SECRET', `the secret "${id}" is not given`, {
      place,
      hint: `give it with --secret id=${id},src=FILE`,
    });
  }
  return value;
}

function secretVariable(context: LayerContext, mount: PlannedMount): string[] {
  const { spec } = mount;
  if (spec.type !== 'secret' || spec.env === undefined) return [];
  const value = secretOf(context, mount);
  if (value === undefined) return [];
  const text = secretText(value);
  if (text === undefined) {
    const id = spec.id ?? spec.env;
    throw new SlipwayError(
      'invalid',
      'RUN_SECRET',
      `the secret "${id}" is no text, and cannot be a variable`,
      {
        place: mount.place,
        hint: 'leave out env=: then it is the file /run/secrets/ID',
      },
    );
  }
  return [`${spec.env || spec.id}=${text}`];
}

async function openSecret(
  context: LayerContext,
  mount: PlannedMount,
  stack: AsyncDisposableStack,
): Promise<Mount[]> {
  const { spec } = mount;
  const value = secretOf(context, mount);
  if (value === undefined || (spec.env !== undefined && spec.target === undefined)) return [];
  const folder = await context.session.scratch.subfolder('secret');
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  if (inUserNamespace()) {
    // In memory only, and gone with the mount namespace should we be killed.
    await mountTmpfs(folder, { mode: 0o700 });
    stack.defer(() => unmount(folder));
  }
  const file = join(folder, 'value');
  await writeFile(file, secretBytes(value), { mode: 0o600 });
  await giveTo(file, spec);
  await chmod(file, spec.mode ?? 0o400);
  const target =
    spec.target === undefined ? `/run/secrets/${spec.id ?? spec.source}` : targetOf(context, spec);
  return [{ type: 'bind', source: file, target, readOnly: true, kind: 'file' }];
}

function sshTarget(context: LayerContext, { spec, sshIndex }: PlannedMount): string {
  return spec.target === undefined ? defaultSshTarget(sshIndex) : targetOf(context, spec);
}

/** Where ssh finds the agent: the first one that is given. */
function sshVariable(context: LayerContext, mounts: readonly PlannedMount[]): string[] {
  const { ssh = {} } = context.session.request;
  const given = mounts.find(({ spec }) => spec.type === 'ssh' && ssh[spec.id ?? 'default'] !== undefined);
  return given === undefined ? [] : [`SSH_AUTH_SOCK=${sshTarget(context, given)}`];
}

function baseOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
