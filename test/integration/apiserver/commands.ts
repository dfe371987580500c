import assert from 'node:assert/strict';
import type { Cluster, Outcome } from './cluster.ts';

/** kubectl as people type it. */
export interface Commands {
  /** Runs kubectl, which must succeed, and returns what it printed. */
  kubectl(line: string, input?: string): Promise<string>;
  /** Runs kubectl, which must fail. */
  refused(line: string, input?: string): Promise<Outcome>;
}

/** Commands for a cluster that is there by the time they are run. */
export function commands(cluster: () => Cluster): Commands {
  // kubectl takes what begins with a brace for JSON, which YAML's short form is not.
  const run = (line: string, input: string): Promise<Outcome> =>
    cluster().kubectl(line.split(' '), { input: `---\n${input}` });
  return {
    kubectl: async (line, input = '') => {
      const { code, stdout, stderr } = await run(line, input);
      assert.equal(code, 0, `kubectl ${line}: ${stderr}${stdout}`);
      return stdout;
    },
    refused: async (line, input = '') => {
      const outcome = await run(line, input);
      assert.notEqual(outcome.code, 0, `kubectl ${line} should fail: ${outcome.stdout}`);
      return outcome;
    },
  };
}

/** A TaskRun of one step, as YAML. */
export function taskRun(name: string, script = 'true'): string {
  return `
apiVersion: tekton.dev/v1
kind: TaskRun
metadata: {name: ${name}}
spec:
  taskSpec:
    steps: [{name: one, image: busybox, script: "${script}"}]
`;
}

/** A pod of one container, as YAML; `container` is added to that container's members. */
export function pod(name: string, container = ''): string {
  return `
apiVersion: v1
kind: Pod
metadata: {name: ${name}}
spec: {containers: [{name: c, image: busybox${container}}]}
`;
}
