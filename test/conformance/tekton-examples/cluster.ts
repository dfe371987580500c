// What becomes of an example on a running control plane, by kubectl, as upstream's own test did it.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execute, type Outcome } from '../../cli.ts';
import { startControlPlane } from '../../control-plane.ts';
import type { SeededState } from '../../seeded-state.ts';

export interface Verdict {
  readonly ok: boolean;
  readonly text: string;
}

export class Cluster {
  readonly #state: SeededState;
  readonly registry: string;

  constructor(state: SeededState, registry: string) {
    this.#state = state;
    this.registry = registry;
  }

  static async start(state: SeededState): Promise<Cluster> {
    return new Cluster(state, (await startControlPlane(state)).registry);
  }

  /** A namespace where the examples may do what they did in 2019: no Pod Security level. */
  async makeNamespace(name: string): Promise<void> {
    await this.#must(['create', 'namespace', name]);
    await this.#must(['label', 'namespace', name, 'pod-security.kubernetes.io/enforce=privileged']);
  }

  /** Deletes what the example made, also what is in no namespace. */
  async remove(name: string, manifest: string): Promise<void> {
    await this.kubectl(['delete', '--wait=false', '--ignore-not-found', 'namespace', name]);
    const plain = manifest.replaceAll(/^\s*generateName:.*$/gm, '');
    if (/^kind: Cluster/m.test(plain)) {
      await this.kubectl(['delete', '--wait=false', '--ignore-not-found', '-n', name, '-f', '-'], plain);
    }
  }

  async validate(namespace: string, manifest: string): Promise<Verdict> {
    const { code, stderr } = await this.kubectl(
      ['create', '--dry-run=server', '-n', namespace, '-f', '-'],
      manifest,
    );
    return { ok: code === 0, text: stderr.trim() };
  }

  /** Creates the example; the first TaskRun or PipelineRun that it makes must succeed within `limit` ms. */
  async run(namespace: string, manifest: string, limit: number): Promise<Verdict> {
    const created = await this.kubectl(['create', '-n', namespace, '-f', '-'], manifest);
    const run = /^(?:taskrun|pipelinerun)\.tekton\.dev\/\S+/m.exec(created.stdout)?.[0];
    if (created.code !== 0) return { ok: false, text: created.stderr.trim() };
    if (run === undefined) return { ok: true, text: 'there is nothing to run in it' };
    const started = Date.now();
    let last = 'no condition';
    while (Date.now() - started < limit) {
      const path = '{range .status.conditions[?(@.type=="Succeeded")]}{.status} {.reason}: {.message}{end}';
      last = (await this.kubectl(['get', '-n', namespace, run, '-o', `jsonpath=${path}`])).stdout;
      if (last.startsWith('True'))
        return { ok: true, text: `${((Date.now() - started) / 1000).toFixed(1)} s` };
      if (last.startsWith('False')) return { ok: false, text: last };
      await sleep(1000);
    }
    return { ok: false, text: `not done in ${limit / 1000} s: ${last}` };
  }

  kubectl(args: readonly string[], input?: string): Promise<Outcome> {
    const env = { KUBECONFIG: join(this.#state.folder, 'kubeconfig') };
    return execute('kubectl', args, { env, ...(input === undefined ? {} : { input }) });
  }

  async #must(args: readonly string[]): Promise<void> {
    const { code, stderr } = await this.kubectl(args);
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')} failed:\n${stderr}`);
  }
}
