import { createHmac } from 'node:crypto';
import type { MissReason } from './miss-reason.ts';

/** What a step depended on, as it is kept to explain a later miss: values as keyed hashes, so that no secret is in it. */
export interface StepFacts {
  /** The instruction as it is written. */
  readonly text: string;
  /** What stands for the layers below; empty for none. */
  readonly chain: string;
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
  readonly settings: Readonly<Record<string, string>>;
  /** Stages and images that files are taken from, by their titles. */
  readonly sources: Readonly<Record<string, string>>;
  /** Name of the list of files that it read. */
  readonly files?: string;
}

/** A value that can be compared and not read; `salt` is the cache's own. */
export function hideValue(salt: string, value: unknown): string {
  return createHmac('sha256', salt)
    .update(JSON.stringify(value) ?? '')
    .digest('hex')
    .slice(0, 20);
}

/** All that differs, apart from the layers below and the files, which need more than the facts to be explained. */
export function compareFacts(before: StepFacts, after: StepFacts): MissReason[] {
  const reasons: MissReason[] = [];
  if (before.text !== after.text)
    reasons.push({ kind: 'instruction', before: before.text, after: after.text });
  for (const name of differing(before.sources, after.sources)) reasons.push({ kind: 'source', name });
  const args = differing(before.buildArgs, after.buildArgs);
  if (args.length > 0) reasons.push({ kind: 'build-arg', names: args });
  const env = differing(before.env, after.env);
  if (env.length > 0) reasons.push({ kind: 'env', names: env });
  const settings = differing(before.settings, after.settings);
  // An instruction with other words means other settings, and a variable has them as its effect: said already.
  if (settings.length > 0 && reasons.length === 0) reasons.push({ kind: 'setting', names: settings });
  return reasons;
}

function differing(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): string[] {
  const names = new Set([...Object.keys(after), ...Object.keys(before)]);
  return [...names].filter((name) => before[name] !== after[name]);
}
