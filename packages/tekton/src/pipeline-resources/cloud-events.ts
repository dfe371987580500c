import { type Clock, formatDuration } from '@slipway/core';
import { formatTime, type TaskRun, type TaskRunStatus } from '@slipway/kube';
import { succeededOf } from '../conditions.ts';
import { RunFailure } from '../taskrun/run-failure.ts';
import { CLOUD_EVENTS_ANNOTATION, type CloudEventDelivery, readAnnotation } from '../versions/annotations.ts';
import { paramOf, type TaskResources } from './bound-resource.ts';
import { withoutCredentials } from './redact.ts';

/** A receiver that is slower than this does not get its event: others wait. */
const ANSWER_MS = 5000;

/** The status of a run with the events that are to be sent when it ends. Throws RunFailure for a resource without a target. */
export function withCloudEvents(status: TaskRunStatus, resources: TaskResources): TaskRunStatus {
  const outputs = resources.outputs.filter(({ declaration }) => declaration.type === 'cloudEvent');
  if (outputs.length === 0 || status.annotations?.[CLOUD_EVENTS_ANNOTATION]) return status;
  const deliveries = outputs.map(({ spec, resourceName }): CloudEventDelivery => {
    const target = paramOf(spec, 'targetURI') || paramOf(spec, 'target-uri');
    if (!/^https?:\/\/./.test(target)) {
      const message = `PipelineResource "${resourceName}" of type cloudEvent: param "targetURI" must be an http:// or https:// URL`;
      throw RunFailure.ofUser('TaskRunValidationFailed', message);
    }
    return { target, status: { condition: 'Unknown', message: '', retryCount: 0 } };
  });
  return withDeliveries(status, deliveries);
}

function withDeliveries(status: TaskRunStatus, deliveries: readonly CloudEventDelivery[]): TaskRunStatus {
  const annotations = { ...status.annotations, [CLOUD_EVENTS_ANNOTATION]: JSON.stringify(deliveries) };
  return { ...status, annotations };
}

/** Sends the events of a run that has ended and records how it went, each once; undefined when there is nothing to send. */
export async function sendCloudEvents(taskRun: TaskRun, clock: Clock): Promise<TaskRunStatus | undefined> {
  const { status } = taskRun;
  const deliveries = readAnnotation<CloudEventDelivery[]>(status?.annotations, CLOUD_EVENTS_ANNOTATION);
  if (!status || !Array.isArray(deliveries)) return undefined;
  const isDue = (delivery: CloudEventDelivery): boolean => delivery?.status?.condition === 'Unknown';
  if (!deliveries.some(isDue)) return undefined;
  const sent = await Promise.all(
    deliveries.map((delivery) => (isDue(delivery) ? deliver(taskRun, delivery, clock) : delivery)),
  );
  return withDeliveries(status, sent);
}

async function deliver(
  taskRun: TaskRun,
  { target }: CloudEventDelivery,
  clock: Clock,
): Promise<CloudEventDelivery> {
  const problem = await post(taskRun, target, clock);
  const condition = problem === undefined ? 'Sent' : 'Failed';
  const sentAt = formatTime(clock.now());
  return { target, status: { condition, sentAt, message: problem ?? '', retryCount: 1 } };
}

const OUTCOMES: Readonly<Record<string, string>> = { True: 'successful', False: 'failed' };

/** One event in the HTTP binding's binary mode (CloudEvents 1.0); what went wrong, or undefined. */
async function post(taskRun: TaskRun, target: string, clock: Clock): Promise<string | undefined> {
  const { name, namespace, uid } = taskRun.metadata;
  const outcome = OUTCOMES[succeededOf(taskRun)?.status ?? ''] ?? 'unknown';
  const headers = {
    'content-type': 'application/json',
    'ce-specversion': '1.0',
    'ce-id': `${uid}-${outcome}`,
    'ce-type': `dev.tekton.event.task.${outcome}.v1`,
    'ce-source': `/apis/tekton.dev/v1/namespaces/${namespace}/taskruns/${name}`,
    'ce-subject': name,
    'ce-time': clock.now().toISOString(),
  };
  const signal = AbortSignal.timeout(ANSWER_MS);
  try {
    const url = URL.parse(target);
    const body = JSON.stringify({ taskRun });
    const response = await fetch(withoutCredentials(target), {
      method: 'POST',
      headers: { ...headers, ...authorization(url) },
      body,
      signal,
      redirect: 'manual',
    });
    await response.body?.cancel();
    return response.ok ? undefined : `${withoutCredentials(target)} answered ${response.status}`;
  } catch (error) {
    if (signal.aborted)
      return `${withoutCredentials(target)} did not answer within ${formatDuration(ANSWER_MS)}`;
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return `${withoutCredentials(target)} cannot be reached: ${cause instanceof Error ? cause.message : cause}`;
  }
}

/** `fetch` takes no credentials in a URL. */
function authorization(url: URL | null): Record<string, string> {
  if (!url || (url.username === '' && url.password === '')) return {};
  const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}
