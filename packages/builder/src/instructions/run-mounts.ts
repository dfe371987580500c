import { chmod, copyFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inUserNamespace, mountTmpfs, unmount } from '@slipway/containers';
import { SlipwayError } from '@slipway/core';
import { expand, type Mount as MountSpec, parseMount, type Word } from '@slipway/dockerfile';
import type { KeyPart } from '../cache/cache-key.ts';
import { bytePath } from '../copy/byte-path.ts';
import { planTree } from '../copy/copy-plan.ts';
import { entriesDigest } from '../copy/entries-digest.ts';
import { chainKey } from '../image/layer-chain.ts';
import { defaultsOf } from '../image/stage-state.ts';
import type { Mount } from '../isolation/run-mount.ts';
import { giveTo } from '../isolation/single-id/give-to.ts';
import { type SecretValue, secretBytes, secretText } from '../secret-value.ts';
import { mountCache } from './cache-mount.ts';
import type { InstructionOf } from './instruction-handler.ts';
import type { FileSource, LayerContext } from './layer-step.ts';
import { type FoundSource, findSource } from './mount-source.ts';
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
async function mountIdentity(context: LayerContext, { spec, source, place }: PlannedMount): Promise<KeyPart> {
  const { session } = context;
  if (spec.type !== 'bind') {
    const base = source?.kind === 'layers' ? [chainKey(source.layers), spec.source] : [];
    return [spec.type, spec.target, spec.id, ...base];
  }
  const path = spec.source ?? '/';
  const common = [spec.type, targetOf(context, { spec, place }), path, spec.readOnly];
  if (source?.kind === 'layers') return [...common, chainKey(source.layers)];
  const tree = source?.tree ?? session.context;
  const entries = planTree(tree, session.created, path);
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
      return [await mountCache(context, { ...mount, target: targetOf(context, mount) }, stack)];
    case 'tmpfs':
      return [
        {
          type: 'tmpfs',
          target: targetOf(context, mount),
          readOnly: spec.readOnly,
          size: spec.sizeBytes,
          mode: 0o1777,
          kind: 'folder',
        },
      ];
    case 'secret':
      return await openSecret(context, mount, stack);
    case 'ssh':
      return await openSsh(context, spec, place, sshTarget(context, mount), stack);
  }
}

/** The absolute path; one that is not is below the working folder. Throws RUN_MOUNT for the root itself. */
function targetOf(context: LayerContext, { spec, place }: Pick<PlannedMount, 'spec' | 'place'>): string {
  const { WorkingDir = '/' } = defaultsOf(context.state);
  const target = spec.target ?? '';
  const path = bytePath(target.startsWith('/') ? target : `${WorkingDir}/${target}`);
  if (path !== '') return `/${path}`;
  throw new SlipwayError('invalid', 'RUN_MOUNT', 'nothing can be mounted on the root of the filesystem', {
    place,
    hint: 'give the mount a target: --mount=type=bind,target=/src',
  });
}

async function openBind(
  context: LayerContext,
  mount: PlannedMount,
  stack: AsyncDisposableStack,
): Promise<Mount> {
  const { session } = context;
  const { spec, source, place } = mount;
  const target = targetOf(context, mount);
  const found = await findSource(context, source, spec, place, stack);
  const kind = found.stat.isDirectory() ? 'folder' : 'file';
  if (spec.readOnly) return { type: 'bind', source: found.file, target, readOnly: true, kind };
  // Writes to a bind are thrown away: they go to an overlay, or a copy, of its own.
  if (kind === 'file')
    return { type: 'bind', source: await ownCopy(context, found, stack), target, readOnly: false, kind };
  const writable = stack.use(await (await session.rung()).view([found.file], { writable: true }));
  return { type: 'bind', source: writable.path, target, readOnly: false, kind };
}

async function ownCopy(
  { session }: LayerContext,
  { file, stat }: FoundSource,
  stack: AsyncDisposableStack,
): Promise<string> {
  const folder = await session.scratch.subfolder('file');
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const copy = join(folder, 'content');
  await copyFile(file, copy);
  await chmod(copy, stat.mode & 0o7777);
  return copy;
}

function secretOf(context: LayerContext, { spec, place }: PlannedMount): SecretValue | undefined {
  const id = secretId(spec);
  const value = context.session.request.secrets?.[id];
  if (value === undefined && spec.required) {
    throw new SlipwayError('invalid', 'RUN_SECRET', `the secret "${id}" is not given`, {
      place,
      hint: `give it with --secret id=${id},src=FILE`,
    });
  }
  return value;
}

function secretId(spec: MountSpec): string {
  return spec.source || spec.id || baseOf(spec.target ?? '');
}

/** A secret that is not given is an empty variable, as with BuildKit: scripts under `set -u` count on it. */
function secretVariable(context: LayerContext, mount: PlannedMount): string[] {
  const { spec } = mount;
  if (spec.type !== 'secret' || spec.env === undefined) return [];
  const value = secretOf(context, mount);
  const id = secretId(spec);
  const text = value === undefined ? '' : secretText(value);
  if (text === undefined) {
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
  return [`${spec.env || id}=${text}`];
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
    spec.target === undefined ? `/run/secrets/${baseOf(secretId(spec))}` : targetOf(context, mount);
  return [{ type: 'bind', source: file, target, readOnly: true, kind: 'file' }];
}

function sshTarget(context: LayerContext, mount: PlannedMount): string {
  return mount.spec.target === undefined ? defaultSshTarget(mount.sshIndex) : targetOf(context, mount);
}

/** Where ssh finds the agent: the first one that is given, or would be, for BuildKit says so in any case. */
function sshVariable(context: LayerContext, mounts: readonly PlannedMount[]): string[] {
  const { ssh = {} } = context.session.request;
  const ours = mounts.filter(({ spec }) => spec.type === 'ssh');
  const given = ours.find(({ spec }) => ssh[spec.id ?? 'default'] !== undefined) ?? ours[0];
  return given === undefined ? [] : [`SSH_AUTH_SOCK=${sshTarget(context, given)}`];
}

function baseOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
