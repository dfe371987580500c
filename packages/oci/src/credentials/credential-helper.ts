import { spawn } from 'node:child_process';
import { SlipwayError } from '@slipway/core';
import type { Credentials } from './credential-source.ts';

/** Asks `docker-credential-<name> get`; undefined when it knows no credentials. Throws CREDENTIAL_HELPER. */
export async function askCredentialHelper(name: string, server: string): Promise<Credentials | undefined> {
  const command = `docker-credential-${name}`;
  if (!/^[\w.-]+$/.test(name))
    throw failed(command, 'its name has characters that a program name may not have');
  const { code, stdout } = await runHelper(command, server);
  // The protocol reports "no credentials" as a failure with this text on stdout.
  if (code !== 0 && /credentials not found|no credentials/i.test(stdout)) return undefined;
  // A failing helper may still print a secret; only its exit code is shown.
  if (code !== 0) throw failed(command, `it exited with ${code}`);
  return parseAnswer(command, stdout);
}

function parseAnswer(command: string, stdout: string): Credentials | undefined {
  let answer: { Username?: unknown; Secret?: unknown };
  try {
    answer = JSON.parse(stdout);
  } catch {
    throw failed(command, 'its answer is not JSON');
  }
  if (typeof answer?.Username !== 'string' || typeof answer.Secret !== 'string') {
    throw failed(command, 'its answer has no Username and Secret');
  }
  if (answer.Username === '<token>') return { identityToken: answer.Secret };
  return answer.Secret === '' ? undefined : { username: answer.Username, password: answer.Secret };
}

function runHelper(command: string, server: string): Promise<{ code: number | null; stdout: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, ['get'], {
      stdio: ['pipe', 'pipe', 'ignore'],
      signal: AbortSignal.timeout(30_000),
    });
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.on('error', (cause) => reject(failed(command, `it could not be started: ${cause.message}`)));
    child.on('close', (code) => resolve({ code, stdout }));
    child.stdin.on('error', () => {}); // a helper that does not read its input shows in its exit code
    child.stdin.end(server);
  });
}

function failed(command: string, why: string): SlipwayError {
  return new SlipwayError(
    'unauthenticated',
    'CREDENTIAL_HELPER',
    `the credential helper ${command} failed: ${why}`,
    {
      hint: 'docker config.json names it under credHelpers or credsStore; install it or remove the entry',
    },
  );
}
