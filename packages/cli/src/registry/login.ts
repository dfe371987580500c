import { text } from 'node:stream/consumers';
import { SlipwayError } from '@slipway/core';
import { controlPlaneEndpoints, defaultStateDir, type Endpoints } from '@slipway/daemon';
import { HttpKubeClient } from '@slipway/kube';
import { RegistryClient } from '@slipway/oci';
import { accountToken } from './account-token.ts';
import { dockerConfigFile, type Login, storeLogin } from './docker-config.ts';
import { registryHosts } from './place.ts';
import { printResult } from './print.ts';

export interface LoginOptions {
  readonly serviceaccount?: string;
  readonly namespace: string;
  readonly username?: string;
  readonly passwordStdin?: boolean;
  readonly registry?: string;
  readonly expires: string;
  readonly config?: string;
  readonly stateDir?: string;
  readonly output: 'text' | 'json';
}

interface Identity extends Login {
  /** For the message. */
  readonly as: string;
  readonly expires?: string;
}

/** `slipway registry login`: tries the login at the registry, then keeps it where docker and its like look for it. */
export async function login(options: LoginOptions): Promise<void> {
  requireSense(options);
  const endpoints =
    options.registry !== undefined && options.username !== undefined
      ? undefined
      : await controlPlaneEndpoints(options.stateDir ?? defaultStateDir());
  const registry = options.registry ?? endpoints!.registry;
  const identity = await identify(options, endpoints);
  const ca = endpoints && registryHosts(endpoints.registry).includes(registry) ? endpoints.ca : undefined;
  const client = new RegistryClient({ ca, credentials: { get: async () => identity } });
  await client.ping(registry);
  client.close();
  const stored = await storeLogin(dockerConfigFile(options.config), registry, identity);
  const { as, expires } = identity;
  const until = expires === undefined ? '' : ` until ${expires}`;
  printResult(
    options.output,
    { registry, as, stored, ...(expires !== undefined && { expires }) },
    () => `logged in to ${registry} as ${as}${until}; kept in ${stored}\n`,
  );
}

function requireSense({ serviceaccount, username, passwordStdin }: LoginOptions): void {
  if (username !== undefined && serviceaccount !== undefined) {
    throw new SlipwayError('usage', 'LOGIN_AS_WHOM', 'give --username or --serviceaccount, not both');
  }
  if ((username === undefined) === (passwordStdin !== true)) return;
  throw new SlipwayError('usage', 'LOGIN_PASSWORD', '--username and --password-stdin belong together', {
    hint: 'echo "$TOKEN" | slipway registry login --username any --password-stdin',
  });
}

async function identify(options: LoginOptions, endpoints: Endpoints | undefined): Promise<Identity> {
  const { username, serviceaccount: name, namespace } = options;
  if (username !== undefined) {
    const password = (await text(process.stdin)).replace(/\r?\n$/, '');
    return { username, password, as: username };
  }
  if (name === undefined) {
    const administrator = 'slipway-admin';
    return {
      username: administrator,
      password: endpoints!.token,
      as: `the administrator (${administrator})`,
    };
  }
  const { api: server, ca, token } = endpoints!;
  const client = new HttpKubeClient({ server, ca, token });
  const issued = await accountToken(client, { namespace, name }, options.expires);
  return {
    username: 'serviceaccount',
    password: issued.token,
    as: `serviceaccount ${namespace}/${name}`,
    expires: issued.expires,
  };
}
