import { capabilityNumbers, DEFAULT_CAPABILITIES, findProgram, ownCapabilities } from '@slipway/containers';

/** The numbers of prctl(2) and setgroups(2) by Node's names of architectures; the kernel has no other way to name them. */
const CALLS: Readonly<Record<string, readonly [prctl: number, setgroups: number]>> = {
  x64: [157, 116],
  arm64: [167, 159],
  riscv64: [167, 159],
  ppc64: [171, 81],
  s390x: [172, 206],
};

/**
 * Changes root, working folder, groups and user, takes capabilities away for good, and becomes the program. In Perl, which Git
 * brings along: util-linux' programs change root or drop capabilities, but not the one after the other in one process. The
 * program's variables come through file descriptor 3: its own must be none of Perl's, and secrets are not for argv.
 */
const PROGRAM = `
my ($root, $cwd, $uid, $gid, $groups, $prctl, $setgroups, $kept) = splice @ARGV, 0, 8;
open my $in, '<&=3' or die "fd 3: $!";
local $/;
%ENV = map { split /=/, $_, 2 } split /\\0/, scalar <$in>;
close $in;
my $fail = sub { print STDERR "$_[0]: $!\\n"; exit 126 };
$root eq '' or chroot $root or $fail->("chroot $root");
chdir $cwd or $fail->("working folder $cwd");
my %kept = map { $_ => 1 } split /,/, $kept;
for my $number (0 .. 63) {
  last if $kept eq 'all';
  next if $kept{$number} or syscall($prctl, 23, $number, 0, 0, 0) < 0;
  syscall($prctl, 24, $number, 0, 0, 0) == 0 or $fail->("capability $number");
}
my @groups = map { $_ + 0 } split / /, $groups;
syscall($setgroups, scalar @groups, pack 'I*', @groups) == 0 or ($< == $uid and $( == $gid) or $fail->("groups $groups");
$) = $gid + 0;
$( = $gid + 0;
($<, $>) = ($uid, $uid);
$< == $uid and $> == $uid and $( == $gid and $) == $gid or $fail->("user $uid:$gid");
exec { $ARGV[0] } @ARGV or do { print STDERR "$ARGV[0]: $!\\n"; exit ($! == 2 ? 127 : 126) }; # ENOENT
`;

/** Whom a program runs as, in numbers. */
interface ProgramIds {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
}

/** The program and its first arguments, which take: root, cwd, uid, gid, other groups, then the command. */
export interface Confinement {
  start(root: string, cwd: string, ids: ProgramIds): string[];
}

/** How a program starts: an empty root stays the one that is; capabilities are numbers. */
interface StartOptions extends ProgramIds {
  readonly root: string;
  readonly cwd: string;
  readonly kept: readonly number[] | 'all';
}

/** The arguments of Perl that start a program, whose own come next; undefined where the kernel's calls have no known numbers. */
export function startArguments({ root, cwd, uid, gid, groups, kept }: StartOptions): string[] | undefined {
  const calls = CALLS[process.arch];
  if (calls === undefined) return undefined;
  const capabilities = kept === 'all' ? kept : kept.join(',');
  const ids = [`${uid}`, `${gid}`, groups.join(' ')];
  return ['-e', PROGRAM, '--', root, cwd, ...ids, ...calls.map(String), capabilities];
}

/**
 * How a RUN in a chroot is kept from leaving it: without CAP_SYS_CHROOT it cannot change its root again, and may neither trace
 * the builder nor read its memory and its variables, as the builder holds a capability more (capabilities(7), ptrace(2)).
 * Undefined where this is not to be had: no Perl, or no CAP_SETPCAP.
 */
export async function findConfinement(): Promise<Confinement | undefined> {
  const [perl, setpriv] = await Promise.all([findProgram('perl'), findProgram('setpriv')]);
  const calls = CALLS[process.arch];
  const own = ownCapabilities();
  if (perl === undefined || setpriv === undefined || calls === undefined) return undefined;
  if (!own.includes('CAP_SETPCAP')) return undefined;
  // Where devices are not fenced off by the container's cgroup, making one is a way to the disks.
  const dropped = ['CAP_SYS_CHROOT', ...(own.includes('CAP_SYS_ADMIN') ? ['CAP_MKNOD'] : [])];
  const kept = capabilityNumbers(DEFAULT_CAPABILITIES.filter((name) => !dropped.includes(name)));
  const clear = [setpriv, '--inh-caps=-all', '--ambient-caps=-all', '--'];
  return {
    start: (root, cwd, ids) => [...clear, perl, ...startArguments({ root, cwd, ...ids, kept })!],
  };
}
