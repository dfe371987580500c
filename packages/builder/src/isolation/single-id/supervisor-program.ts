import { ANSWER_FILES } from './answer-files.ts';
import { ANSWER_IDS } from './answer-ids.ts';

/** The state of the supervisor, and the calls that it answers, by number. */
const CALLS: string = `
my ($socket, $upper, $merged, $arch, $uid, $gid, $groups) = @ARGV;
my @start = (($uid + 0) x 3, ($gid + 0) x 3, [sort { $a <=> $b } split / /, $groups]);
my $x64 = $arch eq 'x64';
my ($RECVMSG, $PPOLL, $FCHOWNAT, $SETXATTR, $GETXATTR, $REMOVEXATTR, $FSTATAT, $STATX) =
  $x64 ? (47, 271, 260, 188, 191, 197, 262, 332) : (212, 73, 54, 5, 8, 14, 79, 291);
my $OPENAT2 = 437;
my $NATIVE = { x64 => 0xC000003E, arm64 => 0xC00000B7, riscv64 => 0xC00000F3 }->{$arch};
my ($RECEIVE, $SEND, $IS_VALID) = (0xC0502100, 0xC0182101, 0x40082102);
my ($O_PATH, $NOFOLLOW) = (0x200000, $arch eq 'arm64' ? 0x8000 : 0x20000);
my ($AT_CWD, $AT_NOFOLLOW, $AT_EMPTY, $IN_ROOT, $KEEP) = (-100, 0x100, 0x1000, 0x10, 0xFFFFFFFF);
my ($EPERM, $EINVAL, $ELOOP) = (1, 22, 40);
my ($NAME, $ORIGIN, $EMPTY) = ('user.rootlesscontainers', 'user.overlay.origin', '');
my ($notify, $id, $pid, @args, $top, $runtime, %ids, %links, %created);

my %numbers = $x64
  ? (chown => 92, fchown => 93, lchown => 94, fchownat => 260,
     stat => 4, fstat => 5, lstat => 6, newfstatat => 262, statx => 332,
     setuid => 105, setgid => 106, setreuid => 113, setregid => 114, setgroups => 116,
     setresuid => 117, setresgid => 119, setfsuid => 122, setfsgid => 123,
     getuid => 102, getgid => 104, geteuid => 107, getegid => 108, getgroups => 115,
     getresuid => 118, getresgid => 120,
     open => 2, creat => 85, openat => 257, mkdir => 83, mkdirat => 258, symlink => 88, symlinkat => 266,
     mknod => 133, mknodat => 259, rename => 82, renameat => 264, renameat2 => 316)
  : (fchownat => 54, fchown => 55, newfstatat => 79, fstat => 80, statx => 291,
     setregid => 143, setgid => 144, setreuid => 145, setuid => 146, setresuid => 147, getresuid => 148,
     setresgid => 149, getresgid => 150, setfsuid => 151, setfsgid => 152, getgroups => 158, setgroups => 159,
     getuid => 174, geteuid => 175, getgid => 176, getegid => 177,
     openat => 56, mkdirat => 34, symlinkat => 36, mknodat => 33, renameat => 38, renameat2 => 276);
my %calls = (
  chown => sub { own(named($AT_CWD, $args[0], 1), @args[1, 2]) },
  lchown => sub { own(named($AT_CWD, $args[0], 0), @args[1, 2]) },
  fchown => sub { own(opened($args[0]), @args[1, 2]) },
  fchownat => sub { own(named($args[0], $args[1], !($args[4] & $AT_NOFOLLOW)), @args[2, 3]) },
  stat => sub { show(named($AT_CWD, $args[0], 1), $args[1]) },
  lstat => sub { show(named($AT_CWD, $args[0], 0), $args[1]) },
  fstat => sub { show(opened($args[0]), $args[1]) },
  newfstatat => sub { show(named($args[0], $args[1], !($args[3] & $AT_NOFOLLOW)), $args[2]) },
  statx => sub { show(named($args[0], $args[1], !($args[2] & $AT_NOFOLLOW)), $args[4], $args[3] + 0) },
  setuid => sub { become(0, ids()->[1] == 0 ? @args[0, 0, 0] : ($KEEP, $args[0], $KEEP)) },
  setgid => sub { become(3, ids()->[1] == 0 ? @args[0, 0, 0] : ($KEEP, $args[0], $KEEP)) },
  setreuid => sub { become(0, @args[0, 1], saved(@args[0, 1])) },
  setregid => sub { become(3, @args[0, 1], saved(@args[0, 1])) },
  setresuid => sub { become(0, @args[0, 1, 2]) },
  setresgid => sub { become(3, @args[0, 1, 2]) },
  setfsuid => sub { value(ids()->[1]) },
  setfsgid => sub { value(ids()->[4]) },
  setgroups => sub { join_groups(@args[0, 1]) },
  getuid => sub { value(ids()->[0]) },
  geteuid => sub { value(ids()->[1]) },
  getgid => sub { value(ids()->[3]) },
  getegid => sub { value(ids()->[4]) },
  getresuid => sub { my $own = ids(); tell_ids(map { [$args[$_], $own->[$_]] } 0 .. 2) },
  getresgid => sub { my $own = ids(); tell_ids(map { [$args[$_], $own->[$_ + 3]] } 0 .. 2) },
  getgroups => sub { tell_groups(@args[0, 1]) },
  (map { $_ => sub { creates($AT_CWD, $args[0]) } } qw(open creat mkdir mknod)),
  (map { $_ => sub { creates(@args[0, 1]) } } qw(openat mkdirat mknodat)),
  symlink => sub { creates($AT_CWD, $args[1]) },
  symlinkat => sub { creates(@args[1, 2]) },
  rename => sub { moves($AT_CWD, $args[0]) },
  (map { $_ => sub { moves(@args[0, 1]) } } qw(renameat renameat2)),
);
my %answers = map { $numbers{$_} => $calls{$_} } keys %numbers;
`;

/** Takes the descriptor from the runtime and answers until there is nobody left who asks. */
const LOOP: string = String.raw`
# The runtime itself is none of the RUN: what it asks before it becomes the program is not answered here.
sub is_runtime {
  return 0 unless $runtime;
  open my $comm, '<', "/proc/$$runtime[0]/comm" or return 0;
  my $now = <$comm>;
  $$runtime[1] = $now unless defined $$runtime[1];
  undef $runtime, return 0 if $now ne $$runtime[1];
  return 1;
}

while (my $line = <STDIN>) {
  last unless $line =~ /^(\d+) (\d+) (\d+)$/;
  $links{$1} = [$2 + 0, $3 + 0];
}
$| = 1;
socket my $server, 1, 1, 0 or die "socket: $!";
bind $server, pack 'S Z108', 1, $socket or die "bind: $!";
listen $server, 1 or die "listen: $!";
print "ready\n";
accept my $connection, $server or die "accept: $!";
my ($data, $control) = ("\0" x 65536, "\0" x 64);
my $vector = pack 'P Q', $data, length $data;
my $message = pack 'Q L x4 P Q P Q l x4', 0, 0, $vector, 1, $control, length $control, 0;
syscall($RECVMSG, fileno $connection, $message, 0) > 0 or die "recvmsg: $!";
my (undef, $level, $type, $descriptor) = unpack 'Q l l l', $control;
$level == 1 && $type == 1 or die "the runtime sent no descriptor";
open $notify, '+<&=', $descriptor or die "descriptor: $!";
close $connection;

my $is_first = 1;
while (1) {
  my $poll = pack 'l s s l s s', $descriptor, 1, 0, 0, 1, 0;
  next if syscall($PPOLL, $poll, 2, 0, 0, 8) < 0;
  my (undef, undef, $events, undef, undef, $input) = unpack 'l s s l s s', $poll;
  last if $input || ($events && !($events & 1));
  my $question = "\0" x 80;
  ioctl $notify, $RECEIVE, $question or next;
  my ($number, $machine);
  ($id, $pid, undef, $number, $machine, undef, @args) = unpack 'Q L L l L Q Q6', $question;
  ($runtime, $is_first) = ([$pid], 0) if $is_first;
  settle() if %created;
  my $call = $machine == $NATIVE && !is_runtime() ? $answers{$number} : undef;
  my $answer = $call ? $call->() : 'continue';
  my @answer = ref $answer ? ($$answer[0], 0, 0) : $answer eq 'continue' ? (0, 0, 1) : (0, -$answer, 0);
  ioctl $notify, $SEND, pack 'Q q l L', $id, @answer;
}
settle();
`;

/**
 * What answers the system calls of a RUN that one id cannot do (seccomp_unotify(2)), in Perl, which Git brings along: Node can
 * neither receive a descriptor nor look into another process. Owners are recorded as attributes of the files, ids of processes
 * are kept here, and what a RUN asks afterwards is answered from both. Everything else is left to the kernel ("continue").
 *
 * Arguments: socket for the runtime, upper folder, merged root, Node's name of the architecture, the RUN's uid, gid and other
 * groups. Input: `INODE UID GID` of what takes no attribute, and an empty line. It says `ready`, then `link INODE UID GID` for what takes no attribute, and ends when its input does. Perl passes
 * strings to system calls as pointers and numbers as numbers, so that every number has been used as one.
 */
export const SUPERVISOR: string = [CALLS, ANSWER_FILES, ANSWER_IDS, LOOP].join('\n');
