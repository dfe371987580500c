import { setGlobalProxyFromEnv } from 'node:http';

const NAMES = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'];
// As Go has it, and with it BuildKit: this machine is never asked through a proxy.
const OWN = ['localhost', '127.0.0.1', '[::1]', '::1'];

let isDone = false;

/** From now on `fetch` of this process goes through the proxies that the environment names in HTTP_PROXY, HTTPS_PROXY and NO_PROXY, in either case. */
export function useProxies(env: NodeJS.ProcessEnv = process.env): void {
  if (isDone) return;
  isDone = true;
  const value = (name: string): string | undefined => env[name.toLowerCase()] || env[name] || undefined;
  if (!NAMES.some((name) => value(name))) return;
  const all = value('ALL_PROXY');
  setGlobalProxyFromEnv({
    http_proxy: value('HTTP_PROXY') ?? all,
    https_proxy: value('HTTPS_PROXY') ?? all,
    no_proxy: [value('NO_PROXY'), ...OWN].filter(Boolean).join(','),
  });
}
