import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { temporaryFolder } from './temporary-folder.ts';

export interface Certificate {
  /** PEM; self-signed, so it is its own CA. */
  readonly cert: string;
  /** PEM, unencrypted. */
  readonly key: string;
}

/** A self-signed certificate for these host names and IP addresses, valid for a day; made with openssl. */
export async function selfSignedCertificate(
  hosts: readonly string[] = ['localhost', '127.0.0.1'],
): Promise<Certificate> {
  using folder = temporaryFolder();
  const [keyFile, certFile] = [folder.join('key.pem'), folder.join('cert.pem')];
  const isIp = (host: string): boolean => /^[\d.]+$|:/.test(host);
  const names = hosts.map((host) => `${isIp(host) ? 'IP' : 'DNS'}:${host}`).join(',');
  await promisify(execFile)('openssl', [
    ...['req', '-x509', '-nodes', '-days', '1', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'],
    ...['-subj', `/CN=${hosts[0]}`, '-addext', `subjectAltName=${names}`],
    ...['-keyout', keyFile, '-out', certFile],
  ]);
  return { cert: await readFile(certFile, 'utf8'), key: await readFile(keyFile, 'utf8') };
}
