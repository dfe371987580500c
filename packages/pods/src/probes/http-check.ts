import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { joinHostPort } from '@slipway/core';
import type { HttpGetAction } from '@slipway/kube';
import type { CheckResult } from './check.ts';

/** As the kubelet follows them, on the same host. */
const MAX_REDIRECTS = 10;
/** Of an answer that is no success, the event tells the beginning. */
const MAX_BODY = 1024;

/** Asks for a page: 200 to 399 is a success; redirects on the host are followed, those to others are one. */
export async function checkHttp(
  { path = '/', scheme = 'HTTP', host, httpHeaders = [] }: HttpGetAction,
  port: number,
  address: string,
  signal: AbortSignal,
): Promise<CheckResult> {
  const headers: Record<string, string> = { 'User-Agent': 'kube-probe/1.32', Accept: '*/*' };
  for (const { name, value } of httpHeaders) headers[name] = value;
  const origin = `${scheme.toLowerCase()}://${joinHostPort(host || address, port)}`;
  let url = new URL(path.startsWith('/') ? path : `/${path}`, origin);
  for (let redirects = 0; ; redirects++) {
    const { status, location, body } = await get(url, headers, signal);
    const next = status >= 300 && location !== undefined ? new URL(location, url) : undefined;
    if (next === undefined || next.hostname !== url.hostname) {
      if (status >= 200 && status < 400) return { isHealthy: true, message: '' };
      const said = body === '' ? '' : `: ${body}`;
      return { isHealthy: false, message: `HTTP probe failed with statuscode: ${status}${said}` };
    }
    if (redirects >= MAX_REDIRECTS) {
      return { isHealthy: false, message: `Get "${url}": stopped after ${MAX_REDIRECTS} redirects` };
    }
    url = next;
  }
}

interface Answer {
  readonly status: number;
  readonly location: string | undefined;
  readonly body: string;
}

function get(url: URL, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
  // A probe checks that somebody answers, not who: as the kubelet, it takes any certificate.
  const options = { headers, signal, agent: false, rejectUnauthorized: false };
  const sent = request(url, options, (response) => {
    let body = '';
    response.setEncoding('utf8').on('data', (text: string) => {
      if (body.length < MAX_BODY) body = (body + text).slice(0, MAX_BODY);
    });
    response.on('error', reject);
    response.once('end', () =>
      resolve({
        status: response.statusCode ?? 0,
        location: response.headers.location,
        body: body.trim(),
      }),
    );
  });
  sent.on('error', (error) => reject(new Error(`Get "${url}": ${error.message}`, { cause: error })));
  sent.end();
  return promise;
}
