// Everything as an ordinary user, who has no privilege but a range of subordinate ids, or not even that.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { eventually } from '@slipway/testkit';
import { execute, root } from '../cli.ts';
import { isRunning, namesIn } from '../leftovers.ts';
import { type OrdinaryUser, ordinaryUser } from '../ordinary-user.ts';

const COUNT = `apiVersion: tekton.dev/v1
kind: TaskRun
metadata: {name: survivor}
spec:
  taskSpec:
    steps:
      - {name: count, image: busybox, script: "for i in 1 2 3 4 5 6; do echo $i; sleep 1; done"}
`;

function processesOf(user: OrdinaryUser): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && isRunning(Number(name)))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`HOME=${user.home}`) ? pid : '';
      } catch {
        return ''; // ended meanwhile
      }
    })
    .filter((pid) => pid !== '');
}

async function writeContext(user: OrdinaryUser, dockerfile: string): Promise<string> {
  const context = join(user.home, 'app');
  await mkdir(context, { recursive: true });
  await writeFile(join(context, 'Dockerfile'), dockerfile);
  await execute('chmod', ['-R', 'a+rX', context]);
  return context;
}

describe('an ordinary user with subordinate ids', () => {
  let user: OrdinaryUser;
  let state: string;
  before(async () => {
    user = await ordinaryUser({ subordinateIds: true });
    state = join(user.home, '.local/state/slipway');
  });
  after(async () => {
    await user?.slipway(['down']);
    await user?.[Symbol.asyncDispose]();
  });

  test('doctor: pods and builds can run', async () => {
    const { code, stdout } = await user.slipway(['doctor']);
    assert.equal(code, 0, stdout);
    assert.match(stdout, /^yes {2}id-range +65536 ids/m);
  });

  test('seed assembles an image from packages, in the state folder of the XDG specification', async () => {
    const seeded = await user.slipway(['seed', 'busybox']);
    assert.equal(seeded.code, 0, seeded.stdout + seeded.stderr);
    assert.ok(namesIn(state).includes('layers'));
    assert.deepEqual(processesOf(user), []);
  });

  test('image build: RUN as root, owners of files that are not ours, another user', async () => {
    const context = await writeContext(
      user,
      'FROM busybox\nRUN echo x > /x && chown 1234:4321 /x && chmod 4755 /x\nUSER 1000\nRUN test "$(stat -c %u:%g:%a /x) $(id -u)" = "1234:4321:4755 1000"\n',
    );
    const built = await user.slipway(['image', 'build', context, '-t', 'owners']);
    assert.equal(built.code, 0, built.stderr);
    assert.match(built.stderr, /user namespace with overlay/);
  });

  test('run: without a control plane, with a script and an example', async () => {
    const run = await user.slipway(['run', '-f', join(root, 'examples/hello.yaml')]);
    assert.equal(run.code, 0, run.stdout + run.stderr);
    assert.match(run.stdout, /\[hello\] Hello from hello-/);
    assert.deepEqual(processesOf(user), []);
  });

  test('run --policy openshift: steps are users of their namespace, though no id is above 65535', async () => {
    const spec = {
      results: [{ name: 'uid' }],
      steps: [{ name: 'id', image: 'busybox', script: 'id -u | tr -d "\\n" | tee $(results.uid.path)' }],
    };
    const metadata = { generateName: 'who-' };
    const run = { apiVersion: 'tekton.dev/v1', kind: 'TaskRun', metadata, spec: { taskSpec: spec } };
    const input = JSON.stringify(run);
    // The second start takes the policy of the folder, the third changes it back.
    for (const policy of [['--policy', 'openshift'], [], ['--policy', 'kubernetes']]) {
      const { code, stdout, stderr } = await user.slipway(['run', '-f', '-', '-o', 'json', ...policy], {
        input,
      });
      assert.equal(code, 0, stdout + stderr);
      const uid = Number(JSON.parse(stdout).results.uid);
      assert.ok(policy[1] === 'kubernetes' ? uid === 0 : uid >= 10_000 && uid < 65_536, String(uid));
    }
  });

  test('kill -9 in the middle of a step: the next control plane goes back into the namespace', async () => {
    const up = async (): Promise<{ pid: number; kubeconfig: string; namespace: string }> => {
      const started = await user.slipway(['up', '--detach', '--api-port=0', '--registry-port=0']);
      assert.equal(started.code, 0, started.stderr);
      const status = await user.slipway(['status', '-o', 'json']);
      const { pid, kubeconfig } = JSON.parse(status.stdout) as { pid: number; kubeconfig: string };
      return { pid, kubeconfig, namespace: readlinkSync(`/proc/${pid}/ns/mnt`) };
    };
    const first = await up();
    const kubectl = async (...args: string[]): Promise<string> =>
      (await execute('kubectl', ['--kubeconfig', first.kubeconfig, ...args], { input: COUNT })).stdout;
    await kubectl('create', '-f', '-');
    const log = (): Promise<string> => kubectl('logs', 'survivor-pod', '-c', 'step-count');
    await eventually(async () => (await log()).includes('2'), { what: 'some output' });
    process.kill(first.pid, 'SIGKILL');
    await eventually(() => !isRunning(first.pid), { what: 'the end' });

    const second = await up();
    assert.equal(second.namespace, first.namespace);
    await kubectl('wait', '--for=condition=Succeeded', 'taskrun/survivor', '--timeout=20s');
    assert.equal(await log(), '1\n2\n3\n4\n5\n6\n');
    assert.equal((await user.slipway(['down'])).code, 0);
    await eventually(() => processesOf(user).length === 0, { what: 'the end of all processes' });
  });
});

describe('an ordinary user without subordinate ids', () => {
  let user: OrdinaryUser;
  before(async () => {
    user = await ordinaryUser({ subordinateIds: false });
  });
  after(() => user?.[Symbol.asyncDispose]());

  test('doctor says what one id costs', async () => {
    const { code, stdout } = await user.slipway(['doctor']);
    assert.equal(code, 0);
    assert.match(stdout, /^no +id-range +no range in \/etc\/subuid/m);
  });

  test('image build works with files of one owner', async () => {
    const context = await writeContext(user, 'FROM scratch\nCOPY Dockerfile /\n');
    const built = await user.slipway(['image', 'build', context]);
    assert.equal(built.code, 0, built.stderr);
  });

  test('seed says what is missing, and how to get it', async () => {
    const seeded = await user.slipway(['seed', 'busybox']);
    assert.equal(seeded.code, 10, seeded.stdout + seeded.stderr);
    assert.match(seeded.stderr, /SEED_ONE_ID[\s\S]*usermod --add-subuids/);
  });
});
