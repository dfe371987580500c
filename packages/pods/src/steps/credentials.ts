import { chmod, chown, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { CredentialOrder } from '@slipway/kube';
import type { ConfigLookup } from '../container/lookup.ts';
import { gitFiles } from './git-credentials.ts';
import { sshFiles } from './ssh-credentials.ts';

/** Files of credentials by their path under a home folder. */
export type CredentialFiles = ReadonlyMap<string, string>;

/** A member of the Secret that a credential comes from; empty when it has none. */
export type ValueOf = (order: CredentialOrder, key: string) => string;

/** What the Secrets of a ServiceAccount mean to docker and git, after Tekton's docs/auth.md and pkg/credentials. */
export async function credentialFiles(
  orders: readonly CredentialOrder[],
  lookup: ConfigLookup,
): Promise<CredentialFiles> {
  const secrets = new Map<string, ReadonlyMap<string, Buffer>>();
  for (const { secret } of orders) secrets.set(secret, (await lookup.secret(secret, true)) ?? new Map());
  const value = (order: CredentialOrder, key: string): string =>
    secrets.get(order.secret)?.get(key)?.toString('utf8') ?? '';
  const basic = gitFiles(
    orders.filter(({ kind }) => kind === 'basic-git'),
    value,
  );
  const ssh = sshFiles(
    orders.filter(({ kind }) => kind === 'ssh-git'),
    value,
  );
  const gitConfig = (basic.get('.gitconfig') ?? '') + (ssh.get('.gitconfig') ?? '');
  return new Map([
    ...dockerFiles(orders, value),
    ...basic,
    ...ssh,
    ...(gitConfig === '' ? [] : [['.gitconfig', gitConfig] as const]),
  ]);
}

/** Later kinds win: dockercfg, then config.json, then user and password. */
function dockerFiles(orders: readonly CredentialOrder[], value: ValueOf): [string, string][] {
  const auths: Record<string, unknown> = {};
  for (const order of orders.filter(({ kind }) => kind === 'docker-cfg')) {
    Object.assign(auths, parseObject(value(order, '.dockercfg')));
  }
  for (const order of orders.filter(({ kind }) => kind === 'docker-config')) {
    Object.assign(auths, parseObject(value(order, '.dockerconfigjson')).auths);
  }
  for (const order of orders.filter(({ kind }) => kind === 'basic-docker')) {
    const [username, password] = [value(order, 'username'), value(order, 'password')];
    const auth = Buffer.from(`${username}:${password}`).toString('base64');
    auths[order.url ?? ''] = { username, password, auth, email: 'not@val.id' };
  }
  if (Object.keys(auths).length === 0) return [];
  return [['.docker/config.json', JSON.stringify({ auths })]];
}

/** A Secret that cannot be read has no credentials; the program that needs them will say so. */
function parseObject(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

/** Writes the files for one user, each where `place` says that its path is on this machine: folders 0700, files 0600. */
export async function writeCredentials(
  files: CredentialFiles,
  place: (path: string) => Promise<string>,
  owner: { readonly uid: number; readonly gid: number },
): Promise<void> {
  for (const [path, text] of files) {
    const target = await place(path);
    if (dirname(path) !== '.') {
      await mkdir(dirname(target), { recursive: true });
      await chmod(dirname(target), 0o700);
      await chown(dirname(target), owner.uid, owner.gid);
    }
    // What the image has there may be a link: `place` has followed it inside the image, and no other is followed.
    await rm(target, { force: true });
    await writeFile(target, text, { mode: 0o600, flag: 'wx' });
    await chown(target, owner.uid, owner.gid);
  }
}
