import { readFile } from 'node:fs/promises';
import { joinHostPort, jsonLogger, parseDuration, SlipwayError } from '@slipway/core';
import { startStandaloneRegistry } from '@slipway/daemon';
import { interruptible } from '../interruption.ts';
import { printResult } from './print.ts';

export interface ServeOptions {
  readonly listen: string;
  readonly data: string;
  readonly htpasswd?: string;
  readonly anonymousPull?: boolean;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly mirror?: boolean;
  readonly gcEvery: string;
  readonly output: 'text' | 'json';
}

/** `slipway registry serve`: runs until it is interrupted; its log goes to standard error. */
export async function serve(options: ServeOptions): Promise<void> {
  const { host, port } = parseListen(options.listen);
  const { htpasswd, anonymousPull, mirror } = options;
  const tls = await readTls(options);
  await interruptible(async ({ happened }) => {
    await using registry = await startStandaloneRegistry({
      dataDir: options.data,
      host,
      port,
      htpasswd,
      anonymousPull,
      mirror,
      tls,
      gcEveryMs: parseDuration(options.gcEvery),
      logger: jsonLogger((line) => process.stderr.write(line), 'info'),
    });
    const address = joinHostPort(host, registry.port);
    const { caFile } = registry;
    printResult(
      options.output,
      { registry: address, ...(caFile !== undefined && { ca: caFile }) },
      () => `registry        ${address}\n${caFile === undefined ? '' : `trust           ${caFile}\n`}`,
    );
    await happened;
  });
}

function parseListen(text: string): { host: string; port: number } {
  const [, bracketed, plain, digits] = /^(?:\[([0-9a-fA-F:]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (host !== undefined && port <= 65_535) return { host, port };
  throw new SlipwayError('usage', 'LISTEN_ADDRESS', `"${text}" is not host:port`, {
    hint: 'write it like 127.0.0.1:5000, 0.0.0.0:5000 or [::1]:5000',
  });
}

async function readTls({
  tlsCert,
  tlsKey,
}: ServeOptions): Promise<{ cert: string; key: string } | undefined> {
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined) {
    throw new SlipwayError('usage', 'TLS_PAIR', '--tls-cert and --tls-key belong together');
  }
  const [cert, key] = await Promise.all([readPem(tlsCert), readPem(tlsKey)]);
  return { cert, key };
}

async function readPem(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new SlipwayError('not-found', 'TLS_FILE', `cannot read ${file}`, { cause });
  }
}
