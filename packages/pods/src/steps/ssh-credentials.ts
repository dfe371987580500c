import type { CredentialOrder } from '@slipway/kube';
import type { CredentialFiles, ValueOf } from './credentials.ts';

/** Where ssh finds the keys, whatever HOME and the home folder in /etc/passwd are. */
const KEYS = '/tekton/creds/.ssh';
const DEFAULT_PORT = '22';

interface Server {
  readonly host: string;
  readonly port: string;
  /** Without leading slash; empty for the whole server. */
  readonly path: string;
  readonly orders: CredentialOrder[];
}

/**
 * Private keys as ssh and git find them (tektoncd/pipeline pkg/credentials/gitcreds/ssh.go). A key for one repository gets
 * an alias of its host, to which git sends that repository's URLs.
 */
export function sshFiles(orders: readonly CredentialOrder[], value: ValueOf): CredentialFiles {
  if (orders.length === 0) return new Map();
  const files = new Map<string, string>();
  const knownHosts: string[] = [];
  for (const order of orders) {
    files.set(`.ssh/id_${order.secret}`, withLineEnd(value(order, 'ssh-privatekey')));
    const known = value(order, 'known_hosts');
    if (known !== '' && !knownHosts.includes(withLineEnd(known))) knownHosts.push(withLineEnd(known));
  }
  const servers = serversOf(orders);
  files.set('.ssh/config', servers.map(hostEntry).join(''));
  if (knownHosts.length > 0) files.set('.ssh/known_hosts', knownHosts.join(''));
  const rewrites = servers.filter(({ path }) => path !== '').map(insteadOf);
  if (rewrites.length > 0) files.set('.gitconfig', rewrites.join(''));
  return files;
}

/** OpenSSH takes no key whose last line has no end. */
const withLineEnd = (text: string): string => (text === '' || text.endsWith('\n') ? text : `${text}\n`);

/** Each server once with all its keys; whole servers first, which are the fallback. */
function serversOf(orders: readonly CredentialOrder[]): Server[] {
  const byUrl = new Map<string, Server>();
  for (const order of orders) {
    const url = (order.url ?? '').replace(/^ssh:\/\//, '').replace(/^[^@/]*@/, '');
    const known = byUrl.get(url);
    if (known) known.orders.push(order);
    else byUrl.set(url, { ...splitUrl(url), orders: [order] });
  }
  const servers = [...byUrl.values()];
  return [...servers.filter(({ path }) => path === ''), ...servers.filter(({ path }) => path !== '')];
}

/** `host`, `host:2222`, `host:2222/org/repo`. */
function splitUrl(url: string): { host: string; port: string; path: string } {
  const slash = url.indexOf('/');
  const server = slash < 0 ? url : url.slice(0, slash);
  const path = slash < 0 ? '' : url.slice(slash + 1).replace(/\.git$/, '');
  const [, host = server, port = DEFAULT_PORT] = /^(.*):(\d+)$/.exec(server) ?? [];
  return { host, port, path };
}

const aliasOf = ({ host, path }: Server): string =>
  path === '' ? host : `${host}--${path.replaceAll('/', '--')}`;

function hostEntry(server: Server): string {
  const keys = server.orders.map(({ secret }) => `    IdentityFile ${KEYS}/id_${secret}\n`).join('');
  return `Host ${aliasOf(server)}\n    HostName ${server.host}\n    Port ${server.port}\n${keys}`;
}

/** Only URLs that end in `.git`: otherwise the key of `org/repo` would also be that of `org/repo-other`. */
function insteadOf(server: Server): string {
  const { host, port, path } = server;
  const alias = aliasOf(server);
  const address = port === DEFAULT_PORT ? host : `${host}:${port}`;
  return (
    `[url "git@${alias}:${path}.git"]\n\tinsteadOf = git@${host}:${path}.git\n` +
    `[url "ssh://${alias}/${path}.git"]\n\tinsteadOf = ssh://${address}/${path}.git\n`
  );
}
