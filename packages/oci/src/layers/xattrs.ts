import { type BytePath, bytePath, fsPath } from './byte-path.ts';
import { decodeOwner, encodeOwner, type FileOwner, OWNER_RECORD, type OwnerTable } from './recorded-owner.ts';
import { runTool, startTool, type Tool } from './tools.ts';
import { OVERLAY_OPAQUE, OVERLAY_ORIGIN } from './whiteouts.ts';
import { XattrDumpParser } from './xattr-dump.ts';

/** Extended attributes by absolute path. */
export type XattrTable = ReadonlyMap<BytePath, ReadonlyMap<string, Buffer>>;

/** Whether a layer of a stranger may set the attribute: never overlayfs' own marks and ours, nor labels of this host's policy. */
export function mayApplyXattr(name: string): boolean {
  if (name === OWNER_RECORD) return false;
  return !/^(?:user\.overlay|trusted)\.|^security\.(?!capability$)/.test(name);
}

/** Whether a layer carries the attribute, as the other builders have it: file capabilities and the user's own. */
export function mayStoreXattr(name: string): boolean {
  if (name === OWNER_RECORD) return false;
  return name === 'security.capability' || (name.startsWith('user.') && !name.startsWith('user.overlay.'));
}

/** Sets attributes, symlinks not followed, with one run of setfattr. */
export async function setXattrs(table: XattrTable, signal?: AbortSignal): Promise<void> {
  if (table.size === 0) return;
  const lines: string[] = [];
  for (const [path, attributes] of table) {
    lines.push(`# file: ${quote(path)}\n`);
    for (const [name, value] of attributes) lines.push(`${quote(name)}=0s${value.toString('base64')}\n`);
    lines.push('\n');
  }
  await runTool('setfattr', ['-h', '--restore=-'], Buffer.from(lines.join(''), 'latin1'), signal);
}

/** What getfattr tells of the things under a folder. */
export interface UpperXattrs {
  /** The attributes that a layer carries. */
  readonly stored: XattrTable;
  /** Folders that overlayfs has marked as opaque. */
  readonly opaque: ReadonlySet<BytePath>;
  /** What overlayfs has copied up from a layer below. */
  readonly copied: ReadonlySet<BytePath>;
  /** Where the owner is recorded. */
  readonly owners: OwnerTable;
}

/** What is read and never stored. */
const MARKS: readonly string[] = [OVERLAY_OPAQUE.name, OVERLAY_ORIGIN, OWNER_RECORD];

/** Of programs that are started with names of files. */
const MAX_ARGUMENTS = 100;
const DUMP = [
  '-P',
  '-h',
  '-d',
  '-m',
  '^(security\\.capability$|user\\.)',
  '-e',
  'base64',
  '--absolute-names',
  '--',
];

/** Reads the attributes of everything under a folder with one run of getfattr. */
export async function getXattrs(folder: BytePath, signal?: AbortSignal): Promise<UpperXattrs> {
  // Node passes arguments as UTF-8: a folder of another encoding could not be named.
  const tool = startTool('getfattr', ['-R', ...DUMP, fsPath(folder).toString()], signal);
  tool.child.stdin.end();
  return separateMarks(await readDump(tool));
}

/** Records owners of files and folders of a root filesystem, by paths relative to it. */
export async function recordOwners(root: string, owners: OwnerTable, signal?: AbortSignal): Promise<void> {
  const top = bytePath(root);
  const records = [...owners].map(
    ([path, owner]) => [`${top}/${path}`, new Map([[OWNER_RECORD, encodeOwner(owner)]])] as const,
  );
  await setXattrs(new Map(records), signal);
}

/** What getfattr tells of some paths of a root filesystem, byte strings relative to it. */
export interface FileAttributes {
  /** The attributes that a layer carries. */
  readonly xattrs: XattrTable;
  /** Where the owner is recorded. */
  readonly owners: OwnerTable;
}

/** The attributes of these paths of a root filesystem that a layer carries; see `readAttributes`. */
export async function readXattrs(
  root: string,
  paths: readonly BytePath[],
  signal?: AbortSignal,
  options: { readonly only?: boolean } = {},
): Promise<XattrTable> {
  return (await readAttributes(root, paths, signal, options)).xattrs;
}

/**
 * The attributes of these paths of a root filesystem (byte strings relative to it) and of everything under them, by such
 * paths. Through xargs, whose input takes any bytes and any number of paths. `only`: not of what is under them.
 */
export async function readAttributes(
  root: string,
  paths: readonly BytePath[],
  signal?: AbortSignal,
  { only = false }: { readonly only?: boolean } = {},
): Promise<FileAttributes> {
  if (paths.length === 0) return { xattrs: new Map(), owners: new Map() };
  const top = bytePath(root);
  const args = [...(only ? [] : ['-R']), ...DUMP];
  const files = paths.map((path) => `${top}/${path}`);
  // A few names that are text need no xargs.
  const names = files.map(fsPath).filter((name) => typeof name === 'string');
  const direct = names.length === files.length && files.length <= MAX_ARGUMENTS;
  const tool = direct
    ? startTool('getfattr', [...args, ...names], signal)
    : startTool('xargs', ['-0', '-r', 'getfattr', ...args], signal);
  tool.child.stdin.end(direct ? undefined : Buffer.from(files.map((path) => `${path}\0`).join(''), 'latin1'));
  const { stored, owners } = separateMarks(await readDump(tool));
  const below = <T>(table: ReadonlyMap<BytePath, T>): Map<BytePath, T> =>
    new Map([...table].map(([path, value]) => [path.slice(top.length).replace(/^\/+/, ''), value]));
  return { xattrs: below(stored), owners: below(owners) };
}

async function readDump({ child, done }: Tool): Promise<Map<BytePath, Map<string, Buffer>>> {
  const parser = new XattrDumpParser((name) => mayStoreXattr(name) || MARKS.includes(name));
  for await (const chunk of child.stdout.setEncoding('latin1')) parser.feed(chunk);
  await done;
  return parser.finish();
}

function separateMarks(stored: Map<BytePath, Map<string, Buffer>>): UpperXattrs {
  const opaque = new Set<BytePath>();
  const copied = new Set<BytePath>();
  const owners = new Map<BytePath, FileOwner>();
  for (const [path, attributes] of stored) {
    if (attributes.get(OVERLAY_OPAQUE.name)?.equals(OVERLAY_OPAQUE.value)) opaque.add(path);
    if (attributes.has(OVERLAY_ORIGIN)) copied.add(path);
    const record = attributes.get(OWNER_RECORD);
    const owner = record && decodeOwner(record);
    if (owner) owners.set(path, owner);
    for (const mark of MARKS) attributes.delete(mark);
    if (attributes.size === 0) stored.delete(path);
  }
  return { stored, opaque, copied, owners };
}

/** Escapes as setfattr and getfattr do: a backslash and three octal digits. */
function quote(text: string): string {
  return text.replace(
    /[^\x21-\x3c\x3e-\x5b\x5d-\x7e]/g,
    (c) => `\\${c.charCodeAt(0).toString(8).padStart(3, '0')}`,
  );
}
