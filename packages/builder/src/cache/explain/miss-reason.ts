import type { FileDifference, FileListDifference } from './file-list.ts';

/** Why a step was not taken from the cache: plain data for programs, `missText` is the line for people. */
export type MissReason =
  /** Nothing is known of an earlier build of this Dockerfile and context. */
  | { readonly kind: 'first-build' }
  /** The caller asked for no cache. */
  | { readonly kind: 'no-cache' }
  /** The stage had no such instruction. */
  | { readonly kind: 'new-instruction' }
  | { readonly kind: 'instruction'; readonly before: string; readonly after: string }
  /** FROM names another image, or the image of that name has moved. */
  | { readonly kind: 'base'; readonly before: BaseIdentity; readonly after: BaseIdentity }
  /** An earlier step of the stage has another result than before; `step` is the first one that was run again. */
  | { readonly kind: 'parent'; readonly step?: string }
  /** The stage or image that files are taken from. */
  | { readonly kind: 'source'; readonly name: string }
  | ({ readonly kind: 'files' } & FileListDifference)
  /** Names only: values may be secrets. */
  | { readonly kind: 'build-arg'; readonly names: readonly string[] }
  | { readonly kind: 'env'; readonly names: readonly string[] }
  /** What else the result depends on: `user`, `workdir`, `shell`, `platform`, `mounts`, `options`, … */
  | { readonly kind: 'setting'; readonly names: readonly string[] }
  /** It is the same step as before, but its result is gone from the cache. */
  | { readonly kind: 'pruned' }
  /** What the earlier step depended on is not known any more. */
  | { readonly kind: 'forgotten' };

/** What a stage begins with. */
export interface BaseIdentity {
  /** The image's name, or `stage <name>`. */
  readonly reference: string;
  /** The image's digest; of a stage, its chain ID. */
  readonly digest: string;
}

/** `the instruction changed: "RUN make" → "RUN make all"; 2 files changed: a.c (content), b.c (mode)`. */
export function missText(reasons: readonly MissReason[]): string {
  return reasons.map(reasonText).join('; ');
}

function reasonText(reason: MissReason): string {
  switch (reason.kind) {
    case 'first-build':
      return 'this Dockerfile was not built here before with this context';
    case 'no-cache':
      return 'the cache is switched off';
    case 'new-instruction':
      return 'the instruction is new in this stage';
    case 'instruction':
      return `the instruction changed: ${shown(reason.before)} → ${shown(reason.after)}`;
    case 'base':
      return baseText(reason.before, reason.after);
    case 'parent':
      return reason.step === undefined
        ? 'what is below it changed'
        : `a step before it was run again: ${reason.step}`;
    case 'source':
      return `${reason.name}, which files are taken from, changed`;
    case 'files':
      return filesText(reason);
    case 'build-arg':
      return `${plural(reason.names, 'build argument')} changed`;
    case 'env':
      return `${plural(reason.names, 'variable')} changed`;
    case 'setting':
      return `another ${reason.names.join(', ')} than before`;
    case 'pruned':
      return 'its result was removed from the cache';
    case 'forgotten':
      return 'what it depended on before is not known any more';
  }
}

function baseText(before: BaseIdentity, after: BaseIdentity): string {
  if (before.reference !== after.reference) return `FROM changed: ${before.reference} → ${after.reference}`;
  if (after.reference.startsWith('stage ')) return `${after.reference}, which it is FROM, changed`;
  return `the base image ${after.reference} moved: ${short(before.digest)} → ${short(after.digest)}`;
}

function filesText({ changed, added, removed, counts }: FileListDifference): string {
  const named = (files: readonly FileDifference[]): string[] =>
    files.map(({ path, what }) => `${path} (${what.join(', ')})`);
  const part = (count: number, verb: string, names: readonly string[]): string[] => {
    if (count === 0) return [];
    const more = count > names.length ? `, … ${count - names.length} more` : '';
    return [`${count} ${count === 1 ? 'file' : 'files'} ${verb}: ${names.join(', ')}${more}`];
  };
  const parts = [
    ...part(counts.changed, 'changed', named(changed)),
    ...part(counts.added, 'added', added),
    ...part(counts.removed, 'removed', removed),
  ];
  return parts.length === 0 ? 'the files changed' : parts.join(', ');
}

function plural(names: readonly string[], what: string): string {
  return `${what}${names.length === 1 ? '' : 's'} ${names.join(', ')}`;
}

function shown(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return `"${line.length > 120 ? `${line.slice(0, 120)}…` : line}"`;
}

function short(digest: string): string {
  return digest.replace(/^(sha\d+:[0-9a-f]{12}).*$/, '$1');
}
