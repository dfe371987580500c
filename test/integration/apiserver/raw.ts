import { Agent, request } from 'node:https';
import { ADMIN_TOKEN, type Cluster } from './cluster.ts';

/** An answer of the API, whole. */
export interface Answer {
  readonly code: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

export interface RawOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Default: the administrator's; empty for none. */
  readonly token?: string;
}

const agent = new Agent({ keepAlive: true });

/** One HTTPS request, as a client that is none of ours would make it. */
export function raw(cluster: Cluster, path: string, options: RawOptions = {}): Promise<Answer> {
  const { method = 'GET', body, token = ADMIN_TOKEN } = options;
  const headers = { ...(token === '' ? {} : { authorization: `Bearer ${token}` }), ...options.headers };
  return new Promise((resolve, reject) => {
    const sent = request(`${cluster.url}${path}`, { method, headers, ca: cluster.ca, agent }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve({ code: response.statusCode ?? 0, headers: response.headers, text }));
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
