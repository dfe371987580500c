import { spawn } from 'node:child_process';
import { SlipwayError } from '@slipway/core';
import type { Credentials } from './credential-source.ts';

/**
 * Asks `docker-credential-<name> get`; undefined when it knows no credentials. `place` is the file and member that name it, for
 * messages. Throws CREDENTIAL_HELPER.
 */
export async function askCredentialHelper(
  name: string,
  server: string,
  place: string,
): Promise<Credentials | undefined> {
  const command = `docker-credential-${name}`;
  const failed = (why: string): SlipwayError => helperFailure(command, why, server, place);
  if (!/^[\w.-]+$/.test(name)) throw failed('its name has characters that a program name may not have');
  const { code, stdout } = await runHelper(command, server, failed);
  // The protocol reports "no credentials" as a failure with this text on stdout.
  if (code !== 0 && /credentials not found|no credentials/i.test(stdout)) return undefined;
  // A failing helper may still print a secret; only its exit code is shown.
  if (code !== 0) throw failed(`it exited with ${code}`);
  return parseAnswer(stdout, failed);
}

function parseAnswer(stdout: string, failed: (why: string) => SlipwayError): Credentials | undefined {
  let answer: { Username?: unknown; Secret?: unknown };
  try {
    answer = JSON.parse(stdout);
  } catch {
    throw failed('its answer is not JSON');
  }
  if (typeof answer?.Username !== 'string' || typeof answer.Secret !== 'string') {
    throw failed('its answer has no Username and Secret');
  }
  if (answer.Username === '<token>') return { identityToken: answer.Secret };
  return answer.Secret === '' ? undefined : { username: answer.Username, password: answer.Secret };
}

function runHelper(
  command: string,
  server: string,
  failed: (why: string) => SlipwayError,
): Promise<{ code: number | null; stdout: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, ['get'], {
      stdio: ['pipe', 'pipe', 'ignore'],
      signal: AbortSignal.timeout(30_000),
    });
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.on('error', (cause) => {
      const isMissing = 'code' in cause && cause.code === 'ENOENT';
      reject(failed(isMissing ? 'it is not installed here' : `it could not be started: ${cause.message}`));
    });
    child.on('close', (code) => resolve({ code, stdout }));
    child.stdin.on('error', () => {}); // a helper that does not read its input shows in its exit code
    child.stdin.end(server);
  });
}

function helperFailure(command: string, why: string, server: string, place: string): SlipwayError {
  return new SlipwayError(
    'unauthenticated',
    'CREDENTIAL_HELPER',
    `the credential helper ${command} for ${server} failed: ${why}`,
    {
      hint: `${place} names it: install it, or replace the member by {"auths": {"${server}": {"auth": "<base64 of user:password>"}}}`,
    },
  );
}
