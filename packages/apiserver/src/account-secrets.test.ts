import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resources, type Secret, type ServiceAccount } from '@slipway/kube';
import { ApiServer } from './api-server.ts';
import { eventually, optionsOf, withServer } from './test-server.ts';

const registries = ['registry.example:5000'];

function account(name: string, more: Partial<ServiceAccount> = {}): ServiceAccount {
  return { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: 'default' }, ...more };
}

async function secretsOf({ client }: ApiServer, name: string): Promise<Secret[]> {
  const { items } = await client.list<Secret>(resources.secrets, { namespace: 'default' });
  return items.filter(({ metadata }) => metadata.name.startsWith(`${name}-`));
}

const tokenIn = (secret: Secret | undefined): string =>
  Buffer.from(secret?.data?.token ?? '', 'base64').toString();

const read = (server: ApiServer, name: string): Promise<ServiceAccount> =>
  server.client.get<ServiceAccount>(resources.serviceaccounts, name, 'default');

test('a ServiceAccount has a token and a dockercfg from the start, and names them', () =>
  withServer(
    async (server) => {
      const made = await server.client.create(resources.serviceaccounts, account('pipeline'));
      const [dockercfg, token, ...more] = await secretsOf(server, 'pipeline');
      assert.deepEqual(more, []);
      assert.match(token!.metadata.name, /^pipeline-token-\w{5}$/);
      assert.match(dockercfg!.metadata.name, /^pipeline-dockercfg-\w{5}$/);
      const names = [token!.metadata.name, dockercfg!.metadata.name].map((name) => ({ name }));
      assert.deepEqual(made.secrets, names);
      assert.deepEqual(made.imagePullSecrets, [names[1]]);
      assert.equal(
        (await server.authenticate(tokenIn(token)))?.username,
        'system:serviceaccount:default:pipeline',
      );
      const config = JSON.parse(Buffer.from(dockercfg!.data!['.dockercfg']!, 'base64').toString());
      assert.equal(config['registry.example:5000'].password, tokenIn(token));
      assert.equal(made.metadata.resourceVersion, (await read(server, 'pipeline')).metadata.resourceVersion);
    },
    { registries },
  ));

test('without registries there is no dockercfg', () =>
  withServer(async (server) => {
    const made = await server.client.create(resources.serviceaccounts, account('pipeline'));
    assert.equal((await secretsOf(server, 'pipeline')).length, 1);
    assert.equal(made.imagePullSecrets, undefined);
  }));

test('a deleted token is no good any more, and is replaced by another, in the dockercfg too', () =>
  withServer(
    async (server) => {
      await server.client.create(resources.serviceaccounts, account('pipeline'));
      const [, old] = await secretsOf(server, 'pipeline');
      await server.client.delete(resources.secrets, old!.metadata.name, { namespace: 'default' });
      assert.equal(await server.authenticate(tokenIn(old)), undefined);
      await eventually(async () => (await secretsOf(server, 'pipeline')).length === 2);
      const [, renewed] = await secretsOf(server, 'pipeline');
      assert.notEqual(renewed!.metadata.name, old!.metadata.name);
      await eventually(async () => {
        const [dockercfg] = await secretsOf(server, 'pipeline');
        const text = Buffer.from(dockercfg!.data!['.dockercfg']!, 'base64').toString();
        return text.includes(tokenIn(renewed));
      });
      await eventually(async () => {
        const names = (await read(server, 'pipeline')).secrets?.map(({ name }) => name);
        return names?.length === 2 && names.includes(renewed!.metadata.name);
      });
    },
    { registries },
  ));

test('the Secrets go with their account, and come back with a new one', () =>
  withServer(
    async (server) => {
      await server.client.create(resources.serviceaccounts, account('pipeline'));
      const [, old] = await secretsOf(server, 'pipeline');
      await server.client.delete(resources.serviceaccounts, 'pipeline', { namespace: 'default' });
      assert.equal(await server.authenticate(tokenIn(old)), undefined);
      await eventually(async () => (await secretsOf(server, 'pipeline')).length === 0);
      await server.client.create(resources.serviceaccounts, account('pipeline'));
      assert.equal((await secretsOf(server, 'pipeline')).length, 2);
      assert.equal(await server.authenticate(tokenIn(old)), undefined);
    },
    { registries },
  ));

test('an account keeps what others put into its lists; an exported one does not name foreign tokens', () =>
  withServer(
    async (server) => {
      const secrets = [{ name: 'mine' }, { name: 'pipeline-token-abcde' }];
      const imagePullSecrets = [{ name: 'pull' }];
      const made = await server.client.create(
        resources.serviceaccounts,
        account('pipeline', { secrets, imagePullSecrets }),
      );
      assert.equal(made.secrets?.length, 3);
      assert.equal(made.secrets?.[0]?.name, 'mine');
      assert.ok(!made.secrets?.some(({ name }) => name === 'pipeline-token-abcde'));
      assert.deepEqual(made.imagePullSecrets?.[0], { name: 'pull' });
      await server.client.update(resources.serviceaccounts, { ...made, secrets: [{ name: 'mine' }] });
      await eventually(async () => (await read(server, 'pipeline')).secrets?.length === 3);
      assert.equal((await secretsOf(server, 'pipeline')).length, 2);
    },
    { registries },
  ));

test('a restart makes no second token, and makes what an older state folder lacks', async () => {
  const options = optionsOf();
  const first = await ApiServer.start(options);
  const old = (await secretsOf(first, 'default')).map(({ metadata }) => metadata.name);
  assert.equal(old.length, 1);
  await first.close();
  const second = await ApiServer.start({ ...options, registries });
  try {
    await eventually(async () => (await secretsOf(second, 'default')).length === 2);
    const names = (await secretsOf(second, 'default')).map(({ metadata }) => metadata.name);
    assert.ok(names.includes(old[0]!));
    await eventually(async () => (await read(second, 'default')).imagePullSecrets?.length === 1);
  } finally {
    await second.close();
  }
});

test('a namespace that goes takes them along', () =>
  withServer(
    async ({ client }) => {
      const metadata = { name: 'short' };
      await client.create(resources.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata });
      assert.equal((await client.list(resources.secrets, { namespace: 'short' })).items.length, 2);
      await client.delete(resources.namespaces, 'short');
      await eventually(async () => {
        const { items } = await client.list(resources.namespaces);
        return !items.some((each) => each.metadata.name === 'short');
      });
      assert.equal((await client.list(resources.secrets, { namespace: 'short' })).items.length, 0);
    },
    { registries },
  ));
