import { timingSafeEqual } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Blowfish } from './blowfish.ts';

const PATTERN = /^\$2[aby]\$(\d\d)\$([./A-Za-z0-9]{22})([./A-Za-z0-9]{31})$/;
const ALPHABET = './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const PLAINTEXT = Buffer.from('OrpheanBeholderScryDoubt');
const MAX_PASSWORD = 72;
/** Costs above this would keep a core busy for a minute a login. */
const MAX_COST = 17;
/** Rounds between two turns of the event loop: about 2 ms. */
const ROUNDS_A_TURN = 32;

/** Whether the text is a bcrypt hash that can be checked: `$2a$`, `$2b$` or `$2y$`, cost 4 to 17. */
export function isBcryptHash(text: string): boolean {
  const cost = Number(PATTERN.exec(text)?.[1] ?? 0);
  return cost >= 4 && cost <= MAX_COST;
}

/** Whether the password has that bcrypt hash; lets other work run in between. The hash must pass `isBcryptHash`. */
export async function verifyBcrypt(password: string, hash: string): Promise<boolean> {
  const [, cost, saltText, digestText] = PATTERN.exec(hash)!;
  const salt = decode(saltText!, 16);
  const actual = await digest(password, salt, Number(cost));
  return timingSafeEqual(actual, decode(digestText!, 23));
}

async function digest(password: string, salt: Uint8Array, cost: number): Promise<Buffer> {
  // The terminating zero is part of the key, and what exceeds 72 bytes is not: both are bcrypt's, not ours to mend.
  const key = Buffer.from(`${password}\0`).subarray(0, MAX_PASSWORD);
  const cipher = new Blowfish();
  cipher.expand(key, salt);
  for (let round = 0; round < 2 ** cost; round++) {
    if (round % ROUNDS_A_TURN === 0) await nextTurn();
    cipher.expand(key);
    cipher.expand(salt);
  }
  const out = Buffer.alloc(PLAINTEXT.length);
  for (let block = 0; block < PLAINTEXT.length; block += 8) {
    cipher.left = PLAINTEXT.readInt32BE(block);
    cipher.right = PLAINTEXT.readInt32BE(block + 4);
    for (let count = 0; count < 64; count++) cipher.encrypt();
    out.writeInt32BE(cipher.left | 0, block);
    out.writeInt32BE(cipher.right | 0, block + 4);
  }
  return out.subarray(0, 23);
}

/** bcrypt's own base 64. */
function decode(text: string, length: number): Buffer {
  const out = Buffer.alloc(length);
  let bits = 0;
  let count = 0;
  let index = 0;
  for (const character of text) {
    bits = ((bits << 6) | ALPHABET.indexOf(character)) & 0xffff;
    count += 6;
    if (count < 8 || index === length) continue;
    count -= 8;
    out[index++] = (bits >> count) & 0xff;
  }
  return out;
}
