import { SlipwayError } from '@slipway/core';
import { ignoreMatcher } from '@slipway/dockerfile';
import { digestHex } from '@slipway/oci';
import type { BuildRequest } from '../build-options.ts';
import { notCached } from '../cache/not-cached.ts';
import { isArchive, openArchive } from '../copy/archive.ts';
import { readArchive } from '../copy/archive-members.ts';
import { hostPath, pathText } from '../copy/byte-path.ts';
import type { CopySource } from '../copy/copy-plan.ts';
import { download, isGitSource, isRemote } from '../copy/download.ts';
import { DownloadRecords } from '../copy/download-records.ts';
import { cloneSource } from '../copy/git-source.ts';
import { matchSource } from '../copy/source-tree.ts';
import { secretBytes } from '../secret-value.ts';
import { copySources, copySpec, inlineSources } from './copy.ts';
import { isSshSource, sshForGit } from './git-ssh.ts';
import type { InstructionOf } from './instruction-handler.ts';
import type { LayerContext, LayerResult } from './layer-step.ts';

type Add = InstructionOf<'add'>;

/** ADD: as COPY from the context, and also URLs, Git repositories, and archives, which are unpacked. */
export async function addFiles(context: LayerContext, instruction: Add): Promise<LayerResult> {
  const { state, session } = context;
  checkChecksum(instruction);
  const sources: CopySource[] = [];
  for (const { text } of instruction.sources) {
    // What has to be cloned or unpacked to be known is work for the process that may run steps.
    if (session.onlyCached && (isGitSource(text) || (isRemote(text) && instruction.unpack)))
      throw notCached();
    if (isGitSource(text)) sources.push(await gitFiles(context, instruction, text));
    else if (isRemote(text)) sources.push(await remoteFile(context, instruction, text));
    else sources.push(...(await localFiles(context, instruction, text)));
  }
  const paths = instruction.sources.map((word) => word.text);
  const spec = copySpec(state, instruction, { unpack: instruction.unpack ?? null, paths });
  const excludes = instruction.exclude.length === 0 ? undefined : ignoreMatcher(instruction.exclude);
  return await copySources(
    context,
    instruction,
    spec,
    { sources: [...sources, ...inlineSources(instruction)], excludes },
    [],
  );
}

/** A checksum is for the one thing that is fetched: what the context has is its owner's business. */
function checkChecksum({ checksum, sources, place }: Add): void {
  if (!checksum) return;
  const [first, ...others] = sources.map(({ text }) => text);
  if (first !== undefined && others.length === 0 && (isRemote(first) || isGitSource(first))) return;
  throw new SlipwayError(
    'invalid',
    'ADD_CHECKSUM',
    'ADD --checksum needs one source, a URL or a Git repository',
    {
      place,
    },
  );
}

/** Files of the context; those that are archives become the files inside. */
async function localFiles(context: LayerContext, instruction: Add, path: string): Promise<CopySource[]> {
  const tree = context.session.context;
  const sources: CopySource[] = [];
  for (const match of matchSource(tree, path)) {
    const file = hostPath(tree.root, match.resolved).toString();
    const unpack = instruction.unpack !== false && match.stat.isFile() && (await isArchive(file));
    if (unpack && context.session.onlyCached) throw notCached();
    if (unpack) sources.push(await unpacked(context, file));
    else sources.push({ kind: 'tree', tree, path: literalPattern(pathText(match.named)) });
  }
  return sources;
}

/** A path that was found is no pattern any more. */
function literalPattern(path: string): string {
  return path.replace(/[*?[\\]/g, '\\$&');
}

async function unpacked(context: LayerContext, file: string): Promise<CopySource> {
  const folder = await context.session.scratch.subfolder('archive');
  return { kind: 'archive', members: await readArchive(await openArchive(file), folder) };
}

async function remoteFile(context: LayerContext, instruction: Add, url: string): Promise<CopySource> {
  const { store, signal, onlyCached, request } = context.session;
  const records = new DownloadRecords(request.store.cacheDir);
  const { checksum } = instruction;
  const authorization = authorizationFor(url, request.secrets);
  const options = { store, records, checksum, authorization, onlyKnown: onlyCached, signal };
  const { file, digest, name, mtime } = await download(url, options);
  if (instruction.unpack && (await isArchive(file))) return await unpacked(context, file);
  const mtimeNs = BigInt(mtime.getTime()) * 1_000_000n;
  return { kind: 'file', file, sha256: digestHex(digest), name, mode: 0o600, mtimeNs };
}

/** The header that the build's secrets have for the URL's host, under the names that docker gives them. */
function authorizationFor(source: string, secrets: BuildRequest['secrets'] = {}): string | undefined {
  if (!URL.canParse(source)) return undefined;
  const { hostname } = new URL(source);
  const read = (name: string): string | undefined => {
    const value = secrets[`${name}_${hostname}`];
    return value === undefined ? undefined : secretBytes(value).toString('latin1').trim();
  };
  const token = read('HTTP_AUTH_TOKEN');
  return read('HTTP_AUTH_HEADER') ?? (token === undefined ? undefined : `Bearer ${token}`);
}

async function gitFiles(context: LayerContext, instruction: Add, source: string): Promise<CopySource> {
  const { session } = context;
  const folder = await session.scratch.subfolder('git');
  const { keepGitDir, checksum } = instruction;
  const authorization = gitAuthorization(source, session.request.secrets);
  await using ssh = isSshSource(source) ? await sshForGit(context, instruction.place) : undefined;
  const env = ssh?.env;
  const options = { folder, keepGitDir, checksum, authorization, env, signal: session.signal };
  const root = await cloneSource(source, options);
  return { kind: 'tree', tree: { root, title: `the repository ${source}`, keepsOwners: false }, path: '/' };
}

/** As `authorizationFor`: of the names that docker gives these secrets, the one with the host wins. */
function gitAuthorization(source: string, secrets: BuildRequest['secrets'] = {}): string | undefined {
  if (!URL.canParse(source)) return undefined;
  const { host } = new URL(source);
  const read = (name: string): string | undefined => {
    const value = secrets[`${name}.${host}`] ?? secrets[name];
    return value === undefined ? undefined : secretBytes(value).toString('latin1').trim();
  };
  const token = read('GIT_AUTH_TOKEN');
  const basic = token === undefined ? undefined : Buffer.from(`x-access-token:${token}`, 'latin1');
  return read('GIT_AUTH_HEADER') ?? (basic === undefined ? undefined : `Basic ${basic.toString('base64')}`);
}
