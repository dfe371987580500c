import { execFileSync, spawnSync } from 'node:child_process';
import {
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';

const run = (command: string, ...args: string[]): string =>
  execFileSync(command, args, { encoding: 'latin1' });

/** A tree with all that makes archives hard. */
export function makeTree(root: string): void {
  mkdirSync(`${root}/sub/deep`, { recursive: true });
  writeFileSync(`${root}/plain`, 'plain');
  writeFileSync(`${root}/empty`, '');
  writeFileSync(`${root}/blocks`, Buffer.alloc(1024, 'b'));
  writeFileSync(`${root}/sub/setuid`, 'x', { mode: 0o755 });
  run('chmod', '4751', `${root}/sub/setuid`);
  run('chown', '1234:70000', `${root}/sub/setuid`);
  run('chown', '4000000000:4000000001', `${root}/plain`);
  linkSync(`${root}/blocks`, `${root}/sub/hardlink`);
  symlinkSync('../plain', `${root}/sub/symlink`);
  symlinkSync('t'.repeat(180), `${root}/sub/long-target`);
  writeFileSync(`${root}/sub/${'n'.repeat(200)}`, 'long name');
  mkdirSync(`${root}/${'d'.repeat(120)}/${'e'.repeat(120)}`, { recursive: true });
  writeFileSync(`${root}/${'d'.repeat(120)}/${'e'.repeat(120)}/${'f'.repeat(120)}`, 'long path');
  writeFileSync(
    Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff, 0x80, 0x0a, 0x5c, 0x20])]),
    'not UTF-8',
  );
  writeFileSync(`${root}/ünïcode`, 'utf-8');
  run('mkfifo', `${root}/pipe`);
  run('mknod', `${root}/null`, 'c', '1', '3');
  run('mknod', `${root}/disk`, 'b', '259', '70000');
  run('setfattr', '-n', 'user.text', '-v', 'value', `${root}/plain`);
  run('setfattr', '-n', 'user.binary', '-v', '0x000aff5c3d', `${root}/sub`);
  run(
    'setfattr',
    '-n',
    'security.capability',
    '-v',
    '0x0100000200200000000000000000000000000000',
    `${root}/empty`,
  );
  utimesSync(`${root}/blocks`, 1, 1);
}

/** One line a member: everything that must survive. */
export function describeTree(root: string): string[] {
  const lines: string[] = [];
  const walk = (folder: Buffer): void => {
    for (const name of readdirSync(folder, { encoding: 'buffer' }).sort(Buffer.compare)) {
      const path = Buffer.concat([folder, Buffer.from('/'), name]);
      const stats = lstatSync(path);
      const content = stats.isFile()
        ? readFileSync(path).toString('base64')
        : stats.isSymbolicLink()
          ? readlinkSync(path)
          : '';
      const size = stats.isDirectory() ? 0 : stats.size;
      const links = stats.isDirectory() ? 0 : stats.nlink;
      const fields = [
        stats.mode.toString(8),
        stats.uid,
        stats.gid,
        size,
        Math.floor(stats.mtimeMs / 1000),
        stats.rdev,
        links,
        content,
      ];
      lines.push(`${path.subarray(root.length).toString('latin1')} ${fields.join(' ')}`);
      if (stats.isDirectory()) walk(path);
    }
  };
  walk(Buffer.from(root));
  return [...lines, ...xattrsOf(root)];
}

function xattrsOf(root: string): string[] {
  const { stdout } = spawnSync('getfattr', ['-R', '-P', '-h', '-d', '-m', '-', '-e', 'hex', '.'], {
    cwd: root,
    encoding: 'latin1',
  });
  return stdout.split('\n\n').sort();
}
