import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { SlipwayError } from '@slipway/core';
import { type AccessController, type AccessDecision, ANONYMOUS, type Identity } from './access-controller.ts';
import { parseAuthorization } from './authorization-header.ts';
import { isBcryptHash, verifyBcrypt } from './bcrypt/bcrypt.ts';

export interface HtpasswdOptions {
  /** File of `user:hash` lines as `htpasswd -B` writes them; read again when it changes. */
  readonly file: string;
  /** Whether reading needs no password. Default: it does. */
  readonly anonymousPull?: boolean;
}

/** Verified pairs that are remembered, by a hash of user, password and stored hash; a login costs 50 ms and more. */
const REMEMBERED = 1000;
/** Compared with when the user does not exist, so that the time of the answer does not tell. */
const NOBODY = `$2b$10$${'.'.repeat(22)}${'.'.repeat(31)}`;

/** Access by a password file, for a registry without a control plane: who is in it may do everything. */
export function htpasswdAccess(options: HtpasswdOptions): AccessController {
  const passwords = new PasswordFile(options.file);
  return {
    challenge: 'basic',
    authenticate: async ({ authorization }) => {
      if (authorization === undefined) return ANONYMOUS;
      const given = parseAuthorization(authorization);
      if (given?.scheme === 'basic' && (await passwords.verify(given.username, given.password))) {
        return { name: `user ${given.username}`, anonymous: false };
      }
      throw new SlipwayError('unauthenticated', 'PASSWORD_WRONG', 'the user or the password is wrong');
    },
    authorize: async (identity, { repository, action }) =>
      decide(identity, `${action} ${repository}`, options.anonymousPull === true && action === 'pull'),
  };
}

function decide(identity: Identity, what: string, open: boolean): AccessDecision {
  if (open || !identity.anonymous) return { allowed: true, reason: '' };
  return {
    allowed: false,
    reason: `${identity.name} may not ${what.trim()}: log in with a user of this registry`,
  };
}

class PasswordFile {
  readonly #file: string;
  #read: { readonly stamp: string; readonly users: ReadonlyMap<string, string> } | undefined;
  readonly #verified = new Set<string>();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(file: string) {
    this.#file = file;
  }

  async verify(user: string, password: string): Promise<boolean> {
    const hash = (await this.#users()).get(user);
    const key = createHash('sha256')
      .update(JSON.stringify([user, password, hash]))
      .digest('hex');
    if (this.#verified.has(key)) return true;
    // One at a time: guesses must not take the whole core.
    const checked = this.#turn.then(() => verifyBcrypt(password, hash ?? NOBODY));
    this.#turn = checked.catch(() => false);
    const right = (await checked) && hash !== undefined;
    if (right) this.#remember(key);
    return right;
  }

  #remember(key: string): void {
    if (this.#verified.size >= REMEMBERED) this.#verified.clear();
    this.#verified.add(key);
  }

  async #users(): Promise<ReadonlyMap<string, string>> {
    const { mtimeMs, size, ino } = await stat(this.#file);
    const stamp = `${mtimeMs} ${size} ${ino}`;
    if (this.#read?.stamp !== stamp) {
      this.#read = { stamp, users: parseHtpasswd(await readFile(this.#file, 'utf8'), this.#file) };
    }
    return this.#read.users;
  }
}

/** The users and bcrypt hashes of an htpasswd file. Throws HTPASSWD_INVALID with the line. */
function parseHtpasswd(text: string, file: string): ReadonlyMap<string, string> {
  const users = new Map<string, string>();
  for (const [index, line] of text.split('\n').entries()) {
    const entry = line.trim();
    if (entry === '' || entry.startsWith('#')) continue;
    const colon = entry.indexOf(':');
    if (colon < 1 || !isBcryptHash(entry.slice(colon + 1))) {
      throw new SlipwayError(
        'invalid',
        'HTPASSWD_INVALID',
        `${file}:${index + 1} is not "user:bcrypt hash"`,
        {
          place: { file, line: index + 1 },
          hint: 'make the line with: htpasswd -nB <user>',
        },
      );
    }
    users.set(entry.slice(0, colon), entry.slice(colon + 1));
  }
  return users;
}
