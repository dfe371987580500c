import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { SlipwayError } from '@slipway/core';
import { calculateJwkThumbprint, exportJWK, type JWK } from 'jose';

/** The key pair that signs ServiceAccount tokens, and its public half as a JSON Web Key. */
export interface IssuerKey {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly jwk: JWK & { readonly kid: string };
}

/** Reads the PEM private key (P-256) from `file`, and makes one there (mode 0600) when there is none. */
export async function loadIssuerKey(file: string): Promise<IssuerKey> {
  const privateKey = (await readKey(file)) ?? (await createKey(file));
  if (privateKey.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    throw new SlipwayError('invalid', 'ISSUER_KEY_INVALID', `${file} is not a P-256 private key`, {
      hint: 'remove the file to get a new key; tokens that the old one signed stop working',
    });
  }
  const publicKey = createPublicKey(privateKey);
  const jwk = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(jwk);
  return { privateKey, publicKey, jwk: { ...jwk, alg: 'ES256', use: 'sig', kid } };
}

async function readKey(file: string): Promise<KeyObject | undefined> {
  let pem: Buffer;
  try {
    pem = await readFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    throw new SlipwayError('invalid', 'ISSUER_KEY_INVALID', `${file} is not a private key in PEM`, { cause });
  }
}

async function createKey(file: string): Promise<KeyObject> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  // Renamed into place, so that a crash leaves no half of a key.
  await writeFile(`${file}.new`, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  await rename(`${file}.new`, file);
  return privateKey;
}
