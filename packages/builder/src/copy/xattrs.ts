import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { SlipwayError } from '@slipway/core';
import { type BytePath, hostPath } from './byte-path.ts';
import { matchSource, type SourceTree } from './source-tree.ts';

/** Extended attributes by path inside a tree. */
export type TreeXattrs = ReadonlyMap<BytePath, ReadonlyMap<string, Buffer>>;

/** File capabilities and the user's own attributes: what docker copies. Those of the overlay itself are not the files'. */
export function isCopiedXattr(name: string): boolean {
  return /^(?:security\.capability|user\.(?!overlay\.).*)$/.test(name);
}

/** The attributes of all that the sources name in a stage or an image, with one run of getfattr. Throws COPY_XATTRS. */
export async function readXattrs(
  tree: SourceTree,
  sources: readonly string[],
  signal: AbortSignal,
): Promise<TreeXattrs> {
  const matches = sources.flatMap((source) => matchSource(tree, source));
  if (matches.length === 0) return new Map();
  const paths = matches.map((match) => hostPath(tree.root, match.resolved).toString());
  const flags = [
    '-R',
    '-P',
    '-h',
    '-d',
    '-m',
    '^(security\\.capability$|user\\.)',
    '-e',
    'base64',
    '--absolute-names',
  ];
  const child = spawn('getfattr', [...flags, '--', ...paths], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, LC_ALL: 'C' },
    signal,
  });
  const closed = once(child, 'close').catch((cause) => {
    signal.throwIfAborted();
    throw new SlipwayError(
      'unsupported',
      'COPY_XATTRS',
      'the program getfattr (Debian package attr) is missing',
      { cause },
    );
  });
  let dump = '';
  for await (const text of child.stdout.setEncoding('latin1')) dump += text;
  await closed;
  return parseXattrDump(dump, Buffer.from(tree.root).toString('latin1'));
}

/** Reads getfattr's dump: `# file: path`, `name=0sBASE64`, an empty line; odd bytes as octal escapes. */
export function parseXattrDump(dump: string, root: string): TreeXattrs {
  const found = new Map<BytePath, Map<string, Buffer>>();
  let path = '' as BytePath;
  for (const line of dump.split('\n')) {
    if (line.startsWith('# file: ')) {
      path = decodeOctal(line.slice('# file: '.length)).slice(root.length).replace(/^\//, '') as BytePath;
      continue;
    }
    const equals = line.indexOf('=');
    const name = decodeOctal(equals < 0 ? line : line.slice(0, equals));
    if (!isCopiedXattr(name)) continue;
    const value = Buffer.from(equals < 0 ? '' : line.slice(equals + '=0s'.length), 'base64');
    found.set(path, (found.get(path) ?? new Map<string, Buffer>()).set(name, value));
  }
  return found;
}

function decodeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)));
}
