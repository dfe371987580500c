import { SlipwayError } from '@slipway/core';

/** What `URL[?query][#reference[:folder]]` says, as docker reads it. */
export interface GitReference {
  readonly url: string;
  /** Empty for the default branch. */
  readonly reference: string;
  /** Empty for all of the repository. */
  readonly subfolder: string;
  /** A commit, or its beginning. */
  readonly checksum: string | undefined;
  readonly keepGitDir: boolean | undefined;
  readonly submodules: boolean;
}

const NAMES: readonly string[] = [
  'ref',
  'tag',
  'branch',
  'subdir',
  'checksum',
  'commit',
  'keep-git-dir',
  'submodules',
];

/** Reads the source of an ADD from a repository. Throws ADD_GIT for a query that is unknown, empty or in conflict. */
export function parseGitReference(source: string): GitReference {
  const [before = '', fragment = ''] = source.split('#', 2);
  const question = before.indexOf('?');
  const query = new Map(queryOf(source, question < 0 ? '' : before.slice(question + 1)));
  const [reference = '', subfolder = ''] = fragment.split(':', 2);
  const tag = query.get('tag')?.replace(/^(?!refs\/tags\/)/, 'refs/tags/');
  const branch = query.get('branch')?.replace(/^(?!refs\/heads\/)/, 'refs/heads/');
  const one = (name: string, ...values: (string | undefined)[]): string => {
    const given = [...new Set(values.filter((value) => value))];
    if (given.length > 1) throw wrong(source, `${name} is given as ${given.join(' and as ')}`);
    return given[0] ?? '';
  };
  return {
    url: question < 0 ? before : before.slice(0, question),
    reference: one('the reference', reference, query.get('ref'), tag, branch),
    subfolder: one('the folder', subfolder, query.get('subdir')),
    checksum: one('the commit', query.get('checksum'), query.get('commit')) || undefined,
    keepGitDir: flagOf(source, query, 'keep-git-dir'),
    submodules: flagOf(source, query, 'submodules') ?? true,
  };
}

function queryOf(source: string, text: string): [string, string][] {
  const pairs = [...new URLSearchParams(text)];
  for (const [index, [name, value]] of pairs.entries()) {
    if (!NAMES.includes(name))
      throw wrong(source, `there is no query "${name}"; there are ${NAMES.join(', ')}`);
    if (pairs.findIndex((other) => other[0] === name) < index)
      throw wrong(source, `"${name}" is there twice`);
    if (value === '' && name !== 'keep-git-dir' && name !== 'submodules')
      throw wrong(source, `"${name}" has no value`);
  }
  return pairs;
}

function flagOf(source: string, query: ReadonlyMap<string, string>, name: string): boolean | undefined {
  const value = query.get(name);
  if (value === undefined) return undefined;
  if (/^(|1|t|true)$/i.test(value)) return true;
  if (/^(0|f|false)$/i.test(value)) return false;
  throw wrong(source, `"${name}" is true or false, not "${value}"`);
}

function wrong(source: string, why: string): SlipwayError {
  return new SlipwayError('invalid', 'ADD_GIT', `${source}: ${why}`);
}
