import { connect } from 'node:net';
import type { MonitoredContainer } from '@slipway/containers';
import type { Container, Probe } from '@slipway/kube';
import { checkGrpc } from './grpc-check.ts';
import { checkHttp } from './http-check.ts';

/** What one look at a container showed. */
export interface CheckResult {
  readonly isHealthy: boolean;
  /** Why not. */
  readonly message: string;
}

/** What a probe looks at. */
export interface ProbeTarget {
  readonly container: Container;
  readonly running: Pick<MonitoredContainer, 'exec'>;
  /** Of the pod. */
  readonly address: string;
}

/** One look by a probe, which takes no longer than its timeout. Rejects only when the signal aborts. */
export async function check(probe: Probe, target: ProbeTarget, signal: AbortSignal): Promise<CheckResult> {
  const seconds = probe.timeoutSeconds || 1;
  const timeout = AbortSignal.timeout(seconds * 1000);
  try {
    const result = await look(probe, target, AbortSignal.any([signal, timeout]));
    signal.throwIfAborted();
    return timeout.aborted && !result.isHealthy ? { ...result, message: timedOut(seconds) } : result;
  } catch (error) {
    signal.throwIfAborted();
    const why = error instanceof Error ? error.message : String(error);
    return { isHealthy: false, message: timeout.aborted ? timedOut(seconds) : why };
  }
}

const timedOut = (seconds: number): string => `timed out after ${seconds}s`;

async function look(
  { exec, httpGet, tcpSocket, grpc }: Probe,
  { container, running, address }: ProbeTarget,
  signal: AbortSignal,
): Promise<CheckResult> {
  if (exec) return await checkExec(exec.command ?? [], running, signal);
  if (httpGet) return await checkHttp(httpGet, portOf(container, httpGet.port), address, signal);
  if (tcpSocket) return await checkTcp(tcpSocket.host || address, portOf(container, tcpSocket.port), signal);
  if (grpc) return await checkGrpc(grpc.service ?? '', grpc.port, address, signal);
  return { isHealthy: false, message: 'the probe says neither exec, httpGet, tcpSocket nor grpc' };
}

async function checkExec(
  args: readonly string[],
  running: ProbeTarget['running'],
  signal: AbortSignal,
): Promise<CheckResult> {
  const { exitCode, output } = await running.exec({ args, signal });
  return { isHealthy: exitCode === 0, message: output || `command ended with code ${exitCode}` };
}

async function checkTcp(host: string, port: number, signal: AbortSignal): Promise<CheckResult> {
  const { promise, resolve, reject } = Promise.withResolvers<CheckResult>();
  const socket = connect({ host, port, signal });
  socket.once('connect', () => resolve({ isHealthy: true, message: '' }));
  socket.on('error', reject);
  try {
    return await promise;
  } finally {
    socket.destroy();
  }
}

/** A port by number, or by its name among the container's ports. */
function portOf({ ports = [] }: Container, port: number | string): number {
  const number = Number(ports.find(({ name }) => name === port)?.containerPort ?? port);
  if (Number.isInteger(number) && number > 0 && number < 65_536) return number;
  throw new Error(`the container has no port "${port}"`);
}
