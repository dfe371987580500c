// `slipway registry …` as a user runs it, against a running control plane and against none.
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import type { RegistryMaintenance } from '@slipway/kube';
import { temporaryFolder } from '@slipway/testkit';
import { type Outcome, slipway } from '../cli.ts';
import { push, type RegistryPlane, startRegistryPlane } from './registry/control-plane.ts';
import { randomImage } from './registry/image.ts';

let cluster: RegistryPlane;
before(async () => {
  cluster = await startRegistryPlane();
  await cluster.namespace('team', ['edit']);
});
after(() => cluster?.[Symbol.asyncDispose]());

function registry(...args: string[]): Promise<Outcome> {
  return slipway(['registry', ...args], { env: { SLIPWAY_STATE_DIR: cluster.plane.folder.root } });
}

function json<T>({ code, stdout, stderr }: Outcome): T {
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

async function pushed(name: string, image = randomImage([100])): Promise<string> {
  const outcome = await push(cluster.plane.registry, name, await cluster.token('team/edit'), image);
  assert.equal(outcome.status, 201, outcome.text);
  return outcome.digest;
}

describe('with a running control plane', () => {
  test('ls, tags and rm', async () => {
    const digest = await pushed('team/app:1.0');
    await pushed('team/app:2.0');
    const found = json<object[]>(await registry('ls', 'team/app', '-o', 'json'));
    assert.deepEqual(found, [{ repository: 'team/app', tags: 2 }]);
    const tags = json<{ tag: string; digest: string }[]>(await registry('tags', 'team/app', '-o', 'json'));
    assert.equal(tags.find(({ tag }) => tag === '1.0')?.digest, digest);
    assert.equal((await registry('rm', 'team/app:1.0')).code, 0);
    assert.match((await registry('tags', 'team/app')).stdout, /^TAG +DIGEST +TYPE\n2\.0 +sha256:\S+ +\S+\n$/);
    const gone = await registry('rm', 'team/app:1.0');
    assert.equal(gone.code, 4);
    assert.match(gone.stderr, /IMAGE_NOT_FOUND[\s\S]*slipway registry tags/);
    assert.equal((await registry('rm', 'team/app')).code, 2, 'all of a repository needs more words');
  });

  test('login as the administrator, as a ServiceAccount and with a password from standard input', async () => {
    const config = cluster.folder.join('docker');
    const as = (...args: string[]): Promise<Outcome> => registry('login', '--config', config, ...args);
    assert.match((await as()).stdout, /^logged in to 127\.0\.0\.1:\d+ as the administrator/);
    const account = json<{ expires: string; as: string }>(
      await as('--serviceaccount', 'edit', '-n', 'team', '--expires', '2h', '-o', 'json'),
    );
    assert.equal(account.as, 'serviceaccount team/edit');
    assert.ok(Math.abs(Date.parse(account.expires) - Date.now() - 7_200_000) < 60_000);
    const unknown = await as('--serviceaccount', 'nobody', '-n', 'team');
    assert.equal(unknown.code, 4);
    assert.match(unknown.stderr, /kubectl create serviceaccount nobody -n team/);
    const stdin = await slipway(['registry', 'login', '--config', config, '-u', 'x', '--password-stdin'], {
      input: 'hunter2\n',
      env: { SLIPWAY_STATE_DIR: cluster.plane.folder.root },
    });
    assert.equal(stdin.code, 5);
    assert.doesNotMatch(stdin.stderr, /hunter2/);
    assert.ok(
      !(await readFile(`${config}/config.json`, 'utf8')).includes(
        Buffer.from('x:hunter2').toString('base64'),
      ),
    );
  });

  test('credentials as docker config, Secret and ConfigMap', async () => {
    const args = ['credentials', '--serviceaccount', 'edit', '-n', 'team'];
    const { auths } = json<{ auths: object }>(await registry(...args));
    assert.ok('docker-registry.default.svc.cluster.local:5000' in auths && cluster.plane.registry in auths);
    const only = json<{ auths: object }>(await registry(...args, '--registry', 'r.example:5000'));
    assert.deepEqual(Object.keys(only.auths), ['r.example:5000']);
    const { stdout } = await registry(...args, '-o', 'configmap', '--name', 'kaniko');
    await cluster.kubectl('apply -f -', stdout);
    const text = await cluster.kubectl('get configmap kaniko -n team -o jsonpath={.data.config\\.json}');
    assert.ok('auths' in JSON.parse(text));
    assert.equal((await registry(...args, '--apply')).code, 2);
  });

  test('gc frees what no image needs while clients push, and fsck finds nothing', async () => {
    const doomed = await pushed('team/doomed:1', randomImage([50_000]));
    await registry('rm', `team/doomed@${doomed}`);
    const wanted = await registry('gc', '--grace', '0s', '--dry-run', '-o', 'json');
    assert.ok(json<{ bytes: number }>(wanted).bytes >= 50_000);
    const token = await cluster.token('team/edit');
    let isDone = false;
    const pushing = (async () => {
      const digests: string[] = [];
      for (let index = 0; !isDone; index++) {
        const { status, digest } = await push(cluster.plane.registry, `team/live:${index}`, token);
        assert.equal(status, 201);
        digests.push(digest);
      }
      return digests;
    })();
    for (let round = 0; round < 3; round++) {
      const { files } = json<{ files: number }>(
        await registry('gc', '--untagged', '--grace', '5s', '-o', 'json'),
      );
      assert.ok(files >= 0);
    }
    isDone = true;
    const digests = await pushing;
    assert.ok(digests.length > 10);
    const tags = json<object[]>(await registry('tags', 'team/live', '-o', 'json'));
    assert.equal(tags.length, digests.length);
    const check = json<{ problems: object[] }>(await registry('fsck', '--deep', '-o', 'json'));
    assert.deepEqual(check.problems, []);
    assert.equal(await cluster.kubectl('get registrymaintenances -o name'), '', 'the command cleans up');
  });

  test('gc by an object of the API, which cannot be changed', async () => {
    const object: RegistryMaintenance = {
      apiVersion: 'slipway.dev/v1',
      kind: 'RegistryMaintenance',
      metadata: { name: 'nightly' },
      spec: { action: 'CollectGarbage' },
    };
    await cluster.kubectl('create -f -', JSON.stringify(object));
    await cluster.kubectl(
      'wait registrymaintenance/nightly --for=jsonpath={.status.phase}=Succeeded --timeout=10s',
    );
    assert.match(
      await cluster.kubectl('get registrymaintenances'),
      /^nightly +CollectGarbage +Succeeded +removed/m,
    );
    const patch = '{"spec":{"action":"Check"}}';
    const changed = await cluster.tryKubectl(`patch registrymaintenance nightly --type=merge -p ${patch}`);
    assert.match(changed.stderr, /it cannot be changed; create another object/);
    const denied = await cluster.tryKubectl(
      'create -f - --as=system:serviceaccount:team:edit',
      JSON.stringify(object),
    );
    assert.match(denied.stderr, /cannot create resource "registrymaintenances"/);
  });

  test('trust says what it will write, asks first, and its undo leaves nothing', async () => {
    const root = cluster.folder.join('root');
    const refused = await registry('trust', 'docker', '--root', root);
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /will write:\n {2}\S+\/etc\/docker\/certs\.d\/127\.0\.0\.1:\d+\/ca\.crt/);
    assert.match(refused.stderr, /nothing was done/);
    const written = json<{ written: string[] }>(
      await registry('trust', 'docker', '--root', root, '-y', '-o', 'json'),
    );
    const ca = await readFile(`${cluster.plane.folder.pki}/ca.crt`, 'utf8');
    for (const path of written.written) assert.equal(await readFile(path, 'utf8'), ca);
    assert.match((await registry('trust', 'docker', '--root', root, '-y')).stdout, /nothing to do/);
    assert.equal((await registry('trust', 'docker', '--root', root, '--undo', '-y')).code, 0);
    await assert.rejects(readFile(written.written[0]!), { code: 'ENOENT' });
  });
});

describe('without a control plane', () => {
  const folder = temporaryFolder('slipway-serve-');
  const data = folder.join('data');
  after(() => folder[Symbol.dispose]());

  /** Starts `slipway registry serve` and waits for its first line. */
  async function serving(args: string[], use: (address: string) => Promise<void>): Promise<Outcome> {
    let child: ChildProcess | undefined;
    const ended = slipway(
      ['registry', 'serve', '--data', data, '--listen', '127.0.0.1:0', '-o', 'json', ...args],
      {
        onStart: (started) => {
          child = started;
        },
      },
    );
    const [chunk] = await Promise.race([once(child!.stdout!, 'data'), ended.then(({ stderr }) => [stderr])]);
    try {
      await use((JSON.parse(String(chunk)) as { registry: string }).registry);
    } finally {
      child!.kill('SIGTERM');
    }
    return ended;
  }

  const image = randomImage([1000]);

  test('serve asks for the users of an htpasswd file; gc and fsck wait until it is stopped', async () => {
    const users = folder.join('users');
    // The password is "secret".
    await writeFile(users, 'anna:$2b$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a\n');
    await serving(['--htpasswd', users, '--anonymous-pull'], async (address) => {
      assert.equal((await push(address, 'team/app:1', 'wrong', image)).status, 401);
      const base = `http://${address}/v2/team/app`;
      const authorization = `Basic ${Buffer.from('anna:secret').toString('base64')}`;
      const begun = await fetch(`${base}/blobs/uploads/`, { method: 'POST', headers: { authorization } });
      assert.equal(begun.status, 202);
      const busy = await slipway(['registry', 'gc', '--state-dir', data]);
      assert.notEqual(busy.code, 0);
    });
  });

  test('an open registry on loopback keeps what is pushed; gc and fsck work when it is stopped', async () => {
    await serving([], async (address) => {
      assert.equal((await push(address, 'team/app:1', 'none', image)).status, 201);
    });
    const check = json<{ manifests: number }>(
      await slipway(['registry', 'fsck', '--deep', '--state-dir', data, '-o', 'json']),
    );
    assert.equal(check.manifests, 1);
    const hex = image.blobs[1]!.digest.slice('sha256:'.length);
    await rm(`${data}/content/blobs/sha256/${hex}`);
    const broken = await slipway(['registry', 'fsck', '--state-dir', data]);
    assert.equal(broken.code, 1);
    assert.match(broken.stdout, new RegExp(`CONTENT_MISSING +team/app: sha256:${hex}`));
  });

  const mistakes: [what: string, args: string[], says: RegExp][] = [
    ['an open registry for everybody', ['--listen', '0.0.0.0:0'], /OPEN_REGISTRY[\s\S]*--htpasswd/],
    ['an address without port', ['--listen', 'localhost'], /LISTEN_ADDRESS/],
    ['half of a certificate', ['--tls-cert', 'x.pem'], /TLS_PAIR/],
  ];
  for (const [what, args, says] of mistakes) {
    test(`serve refuses ${what}`, async () => {
      const { code, stderr } = await slipway(['registry', 'serve', '--data', data, ...args]);
      assert.equal(code, 2);
      assert.match(stderr, says);
    });
  }
});
