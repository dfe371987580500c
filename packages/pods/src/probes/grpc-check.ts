import { connect } from 'node:http2';
import { joinHostPort } from '@slipway/core';
import type { CheckResult } from './check.ts';

/** `grpc.health.v1.HealthCheckResponse.ServingStatus` by number. */
const STATUSES = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'];
const OK = 0;

/** Asks a service by the gRPC health checking protocol (grpc.health.v1), without TLS as the kubelet does. */
export async function checkGrpc(
  service: string,
  port: number,
  address: string,
  signal: AbortSignal,
): Promise<CheckResult> {
  const session = connect(`http://${joinHostPort(address, port)}`);
  const { promise, resolve, reject } = Promise.withResolvers<CheckResult>();
  session.on('error', reject); // also a second one, which nobody else would take
  const stop = (): void => reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  try {
    const stream = session.request({
      ':method': 'POST',
      ':path': '/grpc.health.v1.Health/Check',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    const chunks: Buffer[] = [];
    let code: number | undefined;
    let message = '';
    const readStatus = (headers: Readonly<Record<string, unknown>>): void => {
      if (headers['grpc-status'] === undefined) return;
      code = Number(headers['grpc-status']);
      message = String(headers['grpc-message'] ?? '').replaceAll('%20', ' ');
    };
    stream.on('response', readStatus).on('trailers', readStatus);
    stream.on('data', (chunk: Buffer) => void chunks.push(chunk));
    stream.on('error', reject);
    stream.once('end', () => resolve(resultOf(Buffer.concat(chunks), code, message)));
    stream.end(framed(service));
    return await promise;
  } finally {
    signal.removeEventListener('abort', stop);
    session.destroy();
  }
}

/** A gRPC message (flag, length, protobuf) that is a HealthCheckRequest: field 1 is the service. */
function framed(service: string): Buffer {
  const name = Buffer.from(service);
  const body = name.length === 0 ? name : Buffer.concat([Buffer.from([0x0a, ...varint(name.length)]), name]);
  const frame = Buffer.alloc(5);
  frame.writeUInt32BE(body.length, 1);
  return Buffer.concat([frame, body]);
}

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
}

/** Of a HealthCheckResponse field 1 is the status; it is left out when it is 0. */
function resultOf(answer: Buffer, code: number | undefined, message: string): CheckResult {
  if (code !== OK) {
    const why = code === undefined ? 'the answer is not gRPC' : `code ${code}: ${message}`;
    return { isHealthy: false, message: `rpc error: ${why}` };
  }
  const status = answer[5] === 0x08 ? (answer[6] ?? 0) : 0;
  if (STATUSES[status] === 'SERVING') return { isHealthy: true, message: '' };
  return { isHealthy: false, message: `service unhealthy (responded with "${STATUSES[status] ?? status}")` };
}
