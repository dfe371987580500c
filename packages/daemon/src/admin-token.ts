import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeWholeFile } from './whole-file.ts';

/** The administrator's bearer token of a state folder: made once, 256 random bits, mode 0600. */
export async function adminToken(pkiFolder: string): Promise<string> {
  const file = join(pkiFolder, 'admin.token');
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const token = randomBytes(32).toString('base64url');
  await writeWholeFile(file, `${token}\n`);
  return token;
}
