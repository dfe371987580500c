// What pods may do, under each policy, with the real kubectl and real containers: refused, granted, run, taken back.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Policy } from '@slipway/daemon';
import { execute } from '../cli.ts';
import { type Ended, type PolicyPlane, startPolicyPlane } from './policy/policy-plane.ts';

const SHOW = 'printf "%s %s" "$(id -u)" "$(grep CapEff /proc/self/status | cut -f2)" > $(results.out.path)';

/** The commands that a refusal names, by their program. */
function grants({ message }: Ended): Record<string, string> {
  const found = message.matchAll(/(kubectl|slipway|oc) ((?:create|label|grant|adm) .*)$/gm);
  return Object.fromEntries([...found].map(([, program, rest]) => [program!, `${program} ${rest}`]));
}

/** Whether `<uid> <capabilities>` is root with CAP_SYS_ADMIN. */
function isAdministrator(shown: string): boolean {
  const [uid, capabilities = ''] = shown.split(' ');
  return uid === '0' && ((BigInt(`0x${capabilities}`) >> 21n) & 1n) === 1n;
}

for (const policy of ['kubernetes', 'openshift'] as const satisfies Policy[]) {
  describe(`policy ${policy}`, () => {
    let plane: PolicyPlane;
    before(async () => {
      plane = await startPolicyPlane(policy);
    });
    after(() => plane?.[Symbol.asyncDispose]());

    const namespace = async (name: string): Promise<string> => {
      await plane.cluster.kubectl(`create namespace ${name}`);
      await plane.cluster.kubectl(`create serviceaccount pipeline -n ${name}`);
      return name;
    };

    const refused = async (name: string, context: object = { privileged: true }): Promise<Ended> => {
      const ended = await plane.run(name, SHOW, context);
      assert.equal(ended.reason, 'PodCreationFailed', ended.message);
      return ended;
    };

    for (const program of ['kubectl', 'slipway']) {
      test(`a privileged step is refused with its field, until ${program} grants it to the ServiceAccount`, async () => {
        const name = await namespace(`with-${program}`);
        const ended = await refused(name);
        assert.match(ended.message, /spec\.containers\[0\]\.securityContext\.privileged/);
        const commands = grants(ended);
        assert.equal(commands.oc, `oc adm policy add-scc-to-user privileged -z pipeline -n ${name}`);
        assert.equal(
          commands.kubectl,
          `kubectl create rolebinding system:openshift:scc:privileged -n ${name} --clusterrole=system:openshift:scc:privileged --serviceaccount=${name}:pipeline`,
        );
        assert.equal(commands.slipway, `slipway grant scc privileged -z pipeline -n ${name}`);
        await plane.command(commands[program]!);
        const granted = await plane.run(name, SHOW, { privileged: true });
        assert.ok(granted.succeeded, granted.message);
        assert.ok(isAdministrator(granted.results.out!), granted.results.out);
        await plane.command(`slipway grant scc privileged -z pipeline -n ${name} --revoke`);
        await refused(name);
      });
    }

    test('the step of a refused run has its message on the terminal, too', async () => {
      const name = await namespace('terminal');
      const step = { image: 'busybox', securityContext: { privileged: true }, command: ['id'] };
      const run = {
        apiVersion: 'tekton.dev/v1',
        kind: 'TaskRun',
        metadata: { name: 'no', namespace: name },
        spec: { taskSpec: { steps: [step] } },
      };
      await plane.cluster.kubectl('apply -f -', JSON.stringify(run));
      await plane.cluster.kubectl(`wait taskrun/no -n ${name} --for=condition=Succeeded=False --timeout=20s`);
      const described = await plane.cluster.kubectl(`describe taskrun no -n ${name}`);
      assert.match(described, /PodCreationFailed/);
      assert.match(described, /slipway grant scc privileged -z default -n terminal/);
    });

    test('the registry takes the token of the legacy Secret, found as people found it', async () => {
      const name = await namespace('legacy');
      await plane.command(`slipway grant role system:image-builder -z pipeline -n ${name}`);
      const secretName = `$(kubectl get secret -n ${name} | grep pipeline-token | head -1 | awk '{print $1}')`;
      const line = `kubectl get secret -n ${name} ${secretName} -o jsonpath="{.data.token}" | base64 -d`;
      const env = { KUBECONFIG: plane.cluster.plane.kubeconfig };
      const { code, stdout } = await execute('sh', ['-c', line], { env });
      assert.equal(code, 0);
      const authorization = `Basic ${Buffer.from(`any:${stdout}`).toString('base64')}`;
      const base = `http://${plane.cluster.plane.registry}/v2`;
      const mine = await fetch(`${base}/${name}/app/blobs/uploads/`, {
        method: 'POST',
        headers: { authorization },
      });
      assert.equal(mine.status, 202);
      const foreign = await fetch(`${base}/kube-system/app/blobs/uploads/`, {
        method: 'POST',
        headers: { authorization },
      });
      assert.ok([401, 403].includes(foreign.status));
      const secret = (await plane.cluster.kubectl(`get secret -n ${name} -o name`))
        .split('\n')
        .find((each) => each.includes('pipeline-token'))!;
      await plane.cluster.kubectl(`delete ${secret} -n ${name}`);
      assert.equal((await fetch(`${base}/`, { headers: { authorization } })).status, 401);
    });

    test('steps find the credentials of their account for the registry', async () => {
      const name = await namespace('credentials');
      const script =
        'grep -o docker-registry.default.svc.cluster.local:5000 /tekton/creds/.docker/config.json | head -1 | tr -d "\\n" > $(results.out.path)';
      const ended = await plane.run(name, script);
      assert.equal(ended.results?.out, 'docker-registry.default.svc.cluster.local:5000', ended.message);
      const events = await plane.cluster.kubectl(
        `get events -n ${name} --field-selector=type=Warning -o name`,
      );
      assert.equal(events, '');
    });

    test('another policy needs the control plane to be stopped', async () => {
      const other = policy === 'openshift' ? 'kubernetes' : 'openshift';
      const same = await plane.slipway('up', '-d', `--policy=${policy}`);
      assert.equal(same.code, 0, same.stderr);
      const outcome = await plane.slipway('up', '-d', `--policy=${other}`);
      assert.equal(outcome.code, 6);
      assert.match(
        outcome.stderr,
        /runs with the policy \w+, not \w+ \(POLICY_DIFFERS\)\nhint: slipway down, then: slipway up --policy/,
      );
    });

    if (policy === 'kubernetes') {
      test('root without more needs no grant: what kaniko asks for', async () => {
        const ended = await plane.run(await namespace('root'), SHOW, { runAsUser: 0 });
        assert.match(ended.results?.out ?? ended.message, /^0 /);
      });

      test('the level of the namespace is the other way, by kubectl and by slipway', async () => {
        const name = await namespace('level');
        const ended = await refused(name);
        assert.match(ended.message, /violates PodSecurity "baseline:latest": privileged/);
        assert.match(
          ended.message,
          /granted by: kubectl label namespace level pod-security.kubernetes.io\/enforce=privileged$/m,
        );
        assert.match(ended.message, /^or by: slipway grant pod-security privileged -n level$/m);
        await plane.command(`slipway grant pod-security privileged -n ${name}`);
        assert.ok((await plane.run(name, SHOW, { privileged: true })).succeeded);
        await plane.command(`slipway grant pod-security privileged -n ${name} --revoke`);
        await refused(name);
      });
    } else {
      test('a step without a grant runs as a user of its namespace, with nothing', async () => {
        const name = await namespace('plain');
        const range = await plane.cluster.kubectl(
          `get namespace ${name} -o jsonpath={.metadata.annotations.openshift\\.io/sa\\.scc\\.uid-range}`,
        );
        const ended = await plane.run(name, SHOW);
        assert.equal(ended.results?.out, `${range.split('/')[0]} 0000000000000000`, ended.message);
        const scc = '-o jsonpath={.items[0].metadata.annotations.openshift\\.io/scc}';
        assert.equal(await plane.cluster.kubectl(`get pods -n ${name} ${scc}`), 'restricted-v2');
      });

      test('root needs anyuid, and the message says so: what kaniko asks for', async () => {
        const name = await namespace('root');
        const ended = await refused(name, { runAsUser: 0 });
        assert.match(
          ended.message,
          /provider restricted: \.spec\.containers\[0\]\.securityContext\.runAsUser: Invalid value: 0: must be in the ranges: \[\d+, \d+\]/,
        );
        assert.match(
          ended.message,
          /^allowed by "anyuid", granted by: oc adm policy add-scc-to-user anyuid -z pipeline -n root$/m,
        );
        await plane.command(grants(ended).slipway!);
        assert.match((await plane.run(name, SHOW, { runAsUser: 0 })).results.out!, /^0 /);
      });

      test('the policy is that of the next start, too', async () => {
        await plane.cluster.restart();
        const name = await namespace('restarted');
        assert.match(
          (await refused(name)).message,
          /unable to validate against any security context constraint/,
        );
      });
    }
  });
}
