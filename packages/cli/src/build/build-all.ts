import { methodNamed } from '@slipway/catalog';
import { type SlipwayError, toSlipwayError } from '@slipway/core';
import type { BuiltImage } from './built-image.ts';
import type { MethodReport } from './method-report.ts';

export interface BuildAllOptions {
  /** What `--to` says: each method's image gets the method's name at the end of the tag. */
  readonly to: string;
  readonly build: (one: { readonly method: string; readonly to: string }) => Promise<BuiltImage>;
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
}

/** Builds with one method after the other; a method that fails is reported, the others go on. */
export async function buildWithAll(
  names: readonly string[],
  { to, build, signal, say }: BuildAllOptions,
): Promise<MethodReport[]> {
  const reports: MethodReport[] = [];
  for (const name of names) {
    say(`\nmethod ${name}`);
    const { privileges, podSecurity, scc } = methodNamed(name);
    const started = performance.now();
    const facts = { method: name, privileges, podSecurity, scc };
    try {
      const image = await build({ method: name, to: withSuffix(to, name) });
      reports.push({ ...facts, result: 'succeeded', durationMs: image.durationMs, image });
    } catch (error) {
      signal.throwIfAborted();
      const failure = toSlipwayError(error);
      const durationMs = Math.round(performance.now() - started);
      say(`${failure.message}`);
      reports.push({ ...facts, result: isRefusal(failure) ? 'refused' : 'failed', durationMs, failure });
    }
  }
  return reports;
}

/** `demo/app:1` → `demo/app:1-kaniko`. */
function withSuffix(reference: string, method: string): string {
  const hasTag = reference.lastIndexOf(':') > reference.lastIndexOf('/');
  return hasTag ? `${reference}-${method}` : `${reference}:${method}`;
}

/** Whether the cluster did not admit the pod, as opposed to a build that went wrong. */
function isRefusal({ code, message }: SlipwayError): boolean {
  return code === 'TASKRUN_FAILED' && /PodCreationFailed.*forbidden/.test(message);
}
