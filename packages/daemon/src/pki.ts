import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SlipwayError } from '@slipway/core';

const run = promisify(execFile);

/** PEM texts: the CA that clients trust, and the certificate that API server and registry show. */
export interface ServerIdentity {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/**
 * The CA of this state folder and a server certificate for these names and addresses; both are made once with
 * openssl and kept, the certificate again when a name is missing or it ends within 30 days.
 */
export async function serverIdentity(folder: string, names: readonly string[]): Promise<ServerIdentity> {
  const ca = await authority(folder);
  const kept = await readPair(folder, 'server');
  if (kept !== undefined && covers(kept.cert, names)) return { ca: ca.cert, ...kept };
  await signServer(folder, names);
  const made = await readPair(folder, 'server');
  return { ca: ca.cert, ...made! };
}

async function authority(folder: string): Promise<{ cert: string; key: string }> {
  const kept = await readPair(folder, 'ca');
  if (kept !== undefined) return kept;
  await makeKey(folder, 'ca');
  await openssl(folder, [
    ...['req', '-x509', '-new', '-key', 'ca.key', '-days', '3650', '-subj', '/O=Slipway/CN=slipway-ca'],
    ...['-addext', 'basicConstraints=critical,CA:TRUE'],
    ...['-addext', 'keyUsage=critical,keyCertSign,cRLSign', '-out', 'ca.crt.new'],
  ]);
  await rename(join(folder, 'ca.crt.new'), join(folder, 'ca.crt'));
  return (await readPair(folder, 'ca'))!;
}

async function signServer(folder: string, names: readonly string[]): Promise<void> {
  await makeKey(folder, 'server');
  const alternatives = names.map((name) => `${isIP(name) ? 'IP' : 'DNS'}:${name}`).join(',');
  const extensions = [
    `subjectAltName=${alternatives}`,
    'basicConstraints=critical,CA:FALSE',
    'keyUsage=critical,digitalSignature',
    'extendedKeyUsage=serverAuth',
  ];
  await writeFile(join(folder, 'server.ext'), `${extensions.join('\n')}\n`);
  await openssl(folder, [
    'req',
    '-new',
    '-key',
    'server.key',
    '-subj',
    '/O=Slipway/CN=slipway',
    '-out',
    'server.csr',
  ]);
  await openssl(folder, [
    ...['x509', '-req', '-in', 'server.csr', '-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial'],
    ...['-days', '825', '-extfile', 'server.ext', '-out', 'server.crt.new'],
  ]);
  await rename(join(folder, 'server.crt.new'), join(folder, 'server.crt'));
  await Promise.all(['server.csr', 'server.ext'].map((name) => rm(join(folder, name), { force: true })));
}

/** An EC P-256 key in PKCS #8; written by openssl with mode 0600. */
async function makeKey(folder: string, name: string): Promise<void> {
  const args = ['genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', `${name}.key`];
  await openssl(folder, args);
}

function covers(cert: string, names: readonly string[]): boolean {
  const parsed = new X509Certificate(cert);
  const monthMs = 30 * 24 * 3600 * 1000;
  if (new Date(parsed.validTo).getTime() < Date.now() + monthMs) return false;
  return names.every((name) => (isIP(name) ? parsed.checkIP(name) : parsed.checkHost(name)) !== undefined);
}

async function readPair(folder: string, name: string): Promise<{ cert: string; key: string } | undefined> {
  try {
    const [cert, key] = await Promise.all(
      ['crt', 'key'].map((ending) => readFile(join(folder, `${name}.${ending}`), 'utf8')),
    );
    return { cert: cert!, key: key! };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function openssl(folder: string, args: readonly string[]): Promise<void> {
  try {
    await run('openssl', args, { cwd: folder });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new SlipwayError(
        'unavailable',
        'OPENSSL_MISSING',
        'openssl is needed to make the CA, and is not installed',
        {
          hint: 'apt-get install openssl',
        },
      );
    }
    const full = /no space left on device/i.test(String((error as { stderr?: string }).stderr));
    if (full) throw new SlipwayError('exhausted', 'ENOSPC', 'no space is left for the certificates');
    const message = `openssl ${args[0]} failed: ${(error as { stderr?: string }).stderr?.trim() ?? ''}`;
    throw new SlipwayError('internal', 'OPENSSL_FAILED', message, { cause: error });
  }
}
