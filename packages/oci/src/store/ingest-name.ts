import { randomBytes } from 'node:crypto';
import type { DigestAlgorithm } from '../digest.ts';

/** File name of an upload session, which survives a restart: `up-<random>[-sha512]`. */
const SESSION = /^up-[0-9a-f]{32}(-sha512)?$/;

export function sessionName(algorithm: DigestAlgorithm): string {
  return `up-${randomBytes(16).toString('hex')}${algorithm === 'sha512' ? '-sha512' : ''}`;
}

export function isSessionName(name: string): boolean {
  return SESSION.test(name);
}

export function sessionAlgorithm(name: string): DigestAlgorithm {
  return name.endsWith('-sha512') ? 'sha512' : 'sha256';
}
