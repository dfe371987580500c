import { capabilityNumbers, DEFAULT_CAPABILITIES, findProgram, ownCapabilities } from '@slipway/containers';

/** The number of prctl(2) by Node's names of architectures; the kernel has no other way to name it. */
const PRCTL: Readonly<Record<string, number>> = {
  x64: 157,
  arm64: 167,
  riscv64: 167,
  ppc64: 171,
  s390x: 172,
};

/**
 * Changes root, working folder, groups and user, takes capabilities away for good, and becomes the program. In Perl, which Git
 * brings along: util-linux' programs change root or drop capabilities, but not the one after the other in one process. The
 * program's variables come through file descriptor 3: its own must be none of Perl's, and secrets are not for argv.
 */
const PROGRAM = `
my ($root, $cwd, $uid, $gid, $groups, $prctl, $kept) = splice @ARGV, 0, 7;
open my $in, '<&=3' or die "fd 3: $!";
local $/;
%ENV = map { split /=/, $_, 2 } split /\\0/, scalar <$in>;
close $in;
my $fail = sub { print STDERR "$_[0]: $!\\n"; exit 126 };
chroot $root or $fail->("chroot $root");
chdir $cwd or $fail->("working folder $cwd");
my %kept = map { $_ => 1 } split /,/, $kept;
for my $number (0 .. 63) {
  next if $kept{$number} or syscall($prctl, 23, $number, 0, 0, 0) < 0;
  syscall($prctl, 24, $number, 0, 0, 0) == 0 or $fail->("capability $number");
}
$) = "$gid $gid $groups";
$( = $gid;
($<, $>) = ($uid, $uid);
$< == $uid and $> == $uid and $( == $gid or $fail->("user $uid:$gid");
exec { $ARGV[0] } @ARGV or do { print STDERR "$ARGV[0]: $!\\n"; exit ($!{ENOENT} ? 127 : 126) };
`;

/** The program and its first arguments, which take: root, cwd, uid, gid, other groups, then the command. */
export interface Confinement {
  start(root: string, cwd: string, ids: { uid: number; gid: number; groups: readonly number[] }): string[];
}

/**
 * How a RUN in a chroot is kept from leaving it: without CAP_SYS_CHROOT it cannot change its root again, and may neither trace
 * the builder nor read its memory and its variables, as the builder holds a capability more (capabilities(7), ptrace(2)).
 * Undefined where this is not to be had: no Perl, or no CAP_SETPCAP.
 */
export async function findConfinement(): Promise<Confinement | undefined> {
  const [perl, setpriv] = await Promise.all([findProgram('perl'), findProgram('setpriv')]);
  const prctl = PRCTL[process.arch];
  const own = ownCapabilities();
  if (perl === undefined || setpriv === undefined || prctl === undefined) return undefined;
  if (!own.includes('CAP_SETPCAP')) return undefined;
  // Where devices are not fenced off by the container's cgroup, making one is a way to the disks.
  const dropped = ['CAP_SYS_CHROOT', ...(own.includes('CAP_SYS_ADMIN') ? ['CAP_MKNOD'] : [])];
  const kept = capabilityNumbers(DEFAULT_CAPABILITIES.filter((name) => !dropped.includes(name)));
  const clear = [setpriv, '--inh-caps=-all', '--ambient-caps=-all', '--'];
  return {
    start: (root, cwd, { uid, gid, groups }) => [
      ...clear,
      ...[perl, '-e', PROGRAM, '--', root, cwd, `${uid}`, `${gid}`, groups.join(' '), `${prctl}`],
      kept.join(','),
    ],
  };
}
