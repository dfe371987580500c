// A control plane with a policy, busybox in its mirror, and the words in which the tests speak of grants.
import assert from 'node:assert/strict';
import { controlPlaneEndpoints, type Policy } from '@slipway/daemon';
import { ContentStore, parseReference, pushImage, RegistryClient } from '@slipway/oci';
import { busyboxImage, temporaryFolder } from '@slipway/testkit';
import { execute, type Outcome, slipway } from '../../cli.ts';
import { type RegistryPlane, startRegistryPlane } from '../registry/control-plane.ts';

/** How a TaskRun ended. */
export interface Ended {
  readonly succeeded: boolean;
  readonly reason: string;
  readonly message: string;
  readonly results: Readonly<Record<string, string>>;
}

export interface PolicyPlane extends AsyncDisposable {
  readonly cluster: RegistryPlane;
  slipway(...args: string[]): Promise<Outcome>;
  /** Runs a command as a message names it: kubectl or slipway. */
  command(line: string): Promise<void>;
  /** Runs one step with the ServiceAccount `pipeline` of the namespace; its result `out` is what the script writes. */
  run(namespace: string, script: string, securityContext?: object): Promise<Ended>;
}

export async function startPolicyPlane(policy: Policy): Promise<PolicyPlane> {
  const cluster = await startRegistryPlane(policy);
  await pushBusybox(cluster);
  const env = { SLIPWAY_STATE_DIR: cluster.plane.folder.root, KUBECONFIG: cluster.plane.kubeconfig };
  const run = (...args: string[]): Promise<Outcome> => slipway(args, { env });
  return {
    cluster,
    slipway: run,
    async command(line) {
      const [program = '', ...args] = line.split(' ');
      const { code, stderr } =
        program === 'slipway' ? await run(...args) : await execute(program, args, { env });
      assert.equal(code, 0, `${line}: ${stderr}`);
    },
    async run(namespace, script, securityContext) {
      const step = { name: 'step', image: 'busybox', script, ...(securityContext && { securityContext }) };
      const taskRun = {
        apiVersion: 'tekton.dev/v1',
        kind: 'TaskRun',
        metadata: { generateName: 'try-', namespace },
        spec: { serviceAccountName: 'pipeline', taskSpec: { results: [{ name: 'out' }], steps: [step] } },
      };
      const input = JSON.stringify(taskRun);
      const { stdout } = await slipway(['run', '-f', '-', '-o', 'json'], { env, input });
      return JSON.parse(stdout.split('\n')[0]!);
    },
    [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
  };
}

async function pushBusybox({ plane }: RegistryPlane): Promise<void> {
  using folder = temporaryFolder();
  const store = await ContentStore.open(folder.join('content'));
  const { manifest } = await busyboxImage(store);
  const { registry, ca, token } = await controlPlaneEndpoints(plane.folder.root);
  const credentials = { get: async () => ({ username: 'admin', password: token }) };
  const client = new RegistryClient({ credentials, ca });
  const ref = parseReference(`${registry}/docker.io/library/busybox:latest`);
  await pushImage({ client, ref, store, manifest });
  client.close();
}
