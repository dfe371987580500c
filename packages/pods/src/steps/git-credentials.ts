import type { CredentialOrder } from '@slipway/kube';
import type { CredentialFiles, ValueOf } from './credentials.ts';

/** Users and passwords as git's helper `store` reads them (tektoncd/pipeline pkg/credentials/gitcreds/basic.go). */
export function gitFiles(orders: readonly CredentialOrder[], value: ValueOf): CredentialFiles {
  if (orders.length === 0) return new Map();
  let config = '[credential]\n\thelper = store\n';
  const lines: { line: string; hasPath: boolean }[] = [];
  for (const order of orders) {
    const text = withScheme(order.url ?? '');
    const url = URL.parse(text);
    if (!url) continue; // git would not find it either
    const hasPath = url.pathname !== '/' && url.pathname !== '';
    const username = value(order, 'username');
    config += `[credential ${quoted(text)}]\n\tusername = ${configValue(username)}\n${hasPath ? '\tuseHttpPath = true\n' : ''}`;
    url.username = encodeURIComponent(username);
    url.password = encodeURIComponent(value(order, 'password'));
    lines.push({ line: hasPath ? url.href : url.href.replace(/\/$/, ''), hasPath });
  }
  // git takes the first line that fits: those for a whole host come first, as Tekton writes them.
  const sorted = [...lines.filter(({ hasPath }) => !hasPath), ...lines.filter(({ hasPath }) => hasPath)];
  return new Map([
    ['.gitconfig', config],
    ['.git-credentials', `${sorted.map(({ line }) => line).join('\n')}\n`],
  ]);
}

/** git knows servers by URL; a name alone is meant to be one. */
function withScheme(text: string): string {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`;
}

const escaped = (text: string): string => text.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n');
const quoted = (text: string): string => `"${escaped(text)}"`;

/** A user name cannot add lines of its own to the file (git-config(1), Syntax). */
function configValue(text: string): string {
  return /["\n#;]|^\s|\s$/.test(text) ? quoted(text) : escaped(text);
}
