import { SlipwayError } from '@slipway/core';
import { type Pod, resources } from '@slipway/kube';
import { Observed } from '../follow/observed.ts';
import type { Session } from '../session.ts';
import { freePort } from './free-port.ts';

const ANSWER_MS = 30_000;

/** Runs an image as a Pod and asks it over HTTP; the Pod is deleted afterwards. */
export async function runImage(
  session: Session,
  options: { namespace: string; reference: string; signal: AbortSignal },
): Promise<{ url: string; status: number; body: string }> {
  const { namespace, reference } = options;
  const port = await freePort();
  const pod = await session.client.create<Pod>(resources.pods, helloPod(namespace, reference, port));
  const name = pod.metadata.name ?? '';
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal, AbortSignal.timeout(ANSWER_MS)]);
  try {
    const observed = new Observed<Pod>(session.client, resources.pods, namespace, name, signal);
    await observed.until((state) => hasStarted(state));
    return await ask(`http://127.0.0.1:${port}/`, signal);
  } finally {
    stop.abort();
    await session.client.delete(resources.pods, name, { namespace, gracePeriodSeconds: 1 });
  }
}

function helloPod(namespace: string, image: string, port: number): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: '', namespace, generateName: 'hello-' },
    spec: {
      restartPolicy: 'Never',
      containers: [{ name: 'hello', image, env: [{ name: 'PORT', value: String(port) }] }],
    },
  };
}

function hasStarted(pod: Pod): boolean {
  const status = pod.status?.containerStatuses?.[0]?.state;
  const waiting = status?.waiting;
  if (waiting?.reason?.includes('Err') || waiting?.reason === 'ImagePullBackOff') {
    throw new SlipwayError('failed', 'IMAGE_NOT_RUN', `${waiting.reason}: ${waiting.message}`);
  }
  if (status?.terminated || pod.status?.phase === 'Failed') {
    throw new SlipwayError(
      'failed',
      'IMAGE_NOT_RUN',
      `the container ended at once: ${JSON.stringify(status?.terminated)}`,
    );
  }
  return status?.running !== undefined;
}

/** The server may need a moment to listen after its process has started. */
async function ask(url: string, signal: AbortSignal): Promise<{ url: string; status: number; body: string }> {
  for (;;) {
    try {
      const response = await fetch(url, { signal });
      return { url, status: response.status, body: await response.text() };
    } catch (cause) {
      if (signal.aborted) throw new SlipwayError('timeout', 'NO_ANSWER', `${url} did not answer`, { cause });
      await new Promise((resolve) => setTimeout(resolve, 20)); // connection refused: not listening yet
    }
  }
}
