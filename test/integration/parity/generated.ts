// Contexts that git cannot hold: odd names, empty folders, modes, attributes, devices, archives.
import { spawnSync } from 'node:child_process';

const ARCHIVED = `
  mkdir -p t/d/sub; echo 1 > t/d/one; echo 2 > t/d/sub/two; ln t/d/one t/d/again; ln -s one t/d/link
  chmod 750 t/d/sub; chmod 4711 t/d/sub/two; mkfifo t/pipe; touch -d 2005-06-07T08:09:10Z t/d/one t/d/sub
  chown 12:34 t/d/one; chown 56:78 t/d/sub; printf x > "$(printf 't/caf\\351')"`;

const CAPABILITY = '0x0100000200200000000000000000000000000000';

/** Shell commands that add to the context of the case of that name. */
const scripts: Readonly<Record<string, string>> = {
  'copy-modes': `mkdir d e; touch a b c d/x; chmod 4755 a; chmod 600 b; chmod 1777 d; chmod 000 c; chmod 2700 e; chmod 640 d/x; mkdir p; touch p/inside; chmod 500 p`,
  'copy-hardlinks': 'mkdir d; echo h > b; ln b a; ln b d/c; echo o > other; ln -s b soft; ln soft soft2',
  'copy-odd-names': `
    mkdir odd; cd odd; n=$(printf '%0250d' 1); mkdir -p $n/$n; echo 1 > $n/$n/$n
    echo 2 > "$(printf 'new\\nline')"; echo 3 > 'back\\slash'; echo 4 > ünï; echo 5 > ' space '; echo 6 > -dash; echo 7 > '#hash'
    echo 8 > 'a*b[c]?'; ln -s "$n$n" longlink; ln $n/$n/$n hard; echo 9 > '日本'; mkdir ...; echo 10 > .../...; echo 11 > .hidden`,
  'copy-empty-folders': 'mkdir -p d/e/f nothing',
  'copy-special-files':
    'mkdir special; mkfifo -m 640 special/pipe; mknod special/null c 1 3; mknod special/disk b 8 1; echo f > special/file',
  'copy-big-and-sparse':
    'truncate -s 20M sparse; printf x | dd of=middle bs=1 seek=3000000 conv=notrunc status=none; seq 300000 > big; touch empty',
  'copy-owners-of-context': 'mkdir d; echo x > d/x; ln -s x d/l; chown -hR 1234:5678 d',
  'add-tar': `${ARCHIVED}
    tar -cf files.tar -C t .; gzip -nk files.tar; bzip2 -k files.tar; xz -k files.tar; rm -r t`,
  'add-tar-to-existing': `
    mkdir -p tool/sub tool/fresh; echo new > tool/one; echo more > tool/sub/more; chmod 711 tool/sub; chown 3:4 tool/sub
    ln -s /etc/passwd tool/two; tar -cf tool.tar tool; rm -r tool`,
  'add-tar-over-symlink': 'mkdir -p var/run; echo pid > var/run/pid; tar -cf run.tar var/run/pid; rm -r var',
  'add-tar-without-slash': `${ARCHIVED}
    tar -cf files.tar -C t d; rm -r t`,
  'add-tar-chown': `${ARCHIVED}
    tar -cf files.tar -C t .; rm -r t; echo a > a.txt`,
  'add-not-an-archive': 'echo plain > p; gzip -n < p > plain.gz; rm p',
  'add-tar-replaces': `
    mkdir -p x/link/below x/file/now kept; echo 1 > x/link/below/1; echo 2 > x/file/now/2; echo file > x/folder; mkdir x/dangling
    mkdir x/kept; chmod 700 x/kept; echo 3 > x/kept/3; tar -cf replaces.tar -C x .; rm -r x kept`,
  'add-tar-devices':
    'mkdir x; mknod -m 640 x/null c 1 3; mknod x/disk b 8 1; chown 5:6 x/disk; mkfifo x/pipe; tar -cf devices.tar x; rm -r x',
  'add-tar-hardlink-to-lower':
    'echo 1 > one; ln one linked; tar -cf hard.tar --transform "s,^one,one," one linked; rm one linked',
  'add-tar-chmod': `${ARCHIVED}
    tar -cf files.tar -C t .; rm -r t`,
  'add-tar-names': `
    mkdir x; n=$(printf '%0200d' 1); mkdir x/$n; echo 1 > x/$n/$n; echo 2 > "$(printf 'x/caf\\351')"; echo 3 > "$(printf 'x/new\\nline')"
    echo 4 > x/ünï; ln -s "$n$n" x/link; echo 5 > x/back\\\\slash; tar --format=gnu -cf names.tar -C x .; rm -r x`,
  'add-tar-times': `
    mkdir -p x/d; echo 1 > x/d/f; ln -s f x/d/l; touch -d 1999-12-31T23:59:59.75Z x/d/f; touch -h -d 1998-01-01T00:00:00Z x/d/l
    touch -d 1969-12-31T00:00:00Z x/early; touch -d 1997-01-01T00:00:00Z x/d x; tar --format=posix -cf times.tar x; rm -r x`,
  'add-tar-attributes': `
    mkdir x; echo 1 > x/cap; echo 2 > x/note; setfattr -n security.capability -v ${CAPABILITY} x/cap
    setfattr -n user.binary -v 0xff00017e x/note; setfattr -n user.dir -v d x
    tar --format=posix --xattrs --xattrs-include='*' -cf attributes.tar x; rm -r x`,
  'copy-attributes-of-context': `
    mkdir d; echo 1 > d/cap; echo 2 > d/note; setfattr -n security.capability -v ${CAPABILITY} d/cap
    setfattr -n user.binary -v 0xff00017e d/note; setfattr -n user.dir -v d d`,
};

export const generatedCases: readonly string[] = Object.keys(scripts);

/** Adds to the context what git cannot hold, if the case has any. */
export function generate(name: string, folder: string): void {
  const script = scripts[name];
  if (script === undefined) return;
  const { status, stderr } = spawnSync('bash', ['-euc', script], { cwd: folder, encoding: 'utf8' });
  if (status !== 0) throw new Error(`the context of ${name}: ${stderr}`);
}
