/**
 * The part of the supervisor (Perl) that is about files: who owns them, by the attribute or by what is kept for symlinks, and
 * whose what a RUN makes is. A path is resolved as the process would, with its root as the end of the world (openat2(2)).
 */
export const ANSWER_FILES: string = String.raw`
sub value { [$_[0]] }
sub whole { unpack 'l', pack 'L', $_[0] & 0xFFFFFFFF }
sub is_asking { ioctl $notify, $IS_VALID, pack 'Q', $id }

sub text {
  open my $memory, '<:raw', "/proc/$pid/mem" or return;
  sysseek $memory, $_[0], 0;
  sysread $memory, my $bytes, 4096 or return;
  my $end = index $bytes, "\0";
  return $end < 0 ? undef : substr $bytes, 0, $end;
}

# Where the process was killed meanwhile, its number may be another's by now.
sub poke {
  my ($address, $bytes) = @_;
  open my $memory, '+<:raw', "/proc/$pid/mem" or return 'continue';
  is_asking() or return 'continue';
  sysseek $memory, $address, 0;
  return (syswrite($memory, $bytes) || 0) == length $bytes ? 0 : 'continue';
}

# The path as the process's own root has it.
sub absolute {
  my ($folder, $path) = @_;
  return $path if $path =~ m{^/};
  my $base = readlink($folder == $AT_CWD ? "/proc/$pid/cwd" : "/proc/$pid/fd/$folder");
  return unless defined $base;
  my $root = readlink "/proc/$pid/root";
  $base =~ s{^\Q$root\E(?=/|$)}{} if $root ne '/';
  return "$base/$path";
}

# A file by a path of our own; what comes with it keeps that open.
sub named {
  my ($folder, $path, $follow) = (whole($_[0]), text($_[1]), $_[2]);
  return [] unless defined $path;
  return opened($folder) if $path eq '';
  $path = absolute($folder, $path);
  return [] unless defined $path;
  return beneath($path, $follow ? 0 : $NOFOLLOW);
}

sub beneath {
  my ($path, $flags) = @_;
  my $inner = readlink "/proc/$pid/root";
  my $root = $inner eq '/' ? $top : undef;
  if (!$root) {
    sysopen $root, "/proc/$pid/root", $O_PATH or return [];
    $top = $root if $inner eq '/';
  }
  my $how = pack 'QQQ', $O_PATH | $flags, 0, $IN_ROOT;
  my $found = syscall $OPENAT2, fileno $root, $path, $how, 24;
  return [] if $found < 0;
  open my $kept, '<&=', $found or return [];
  return ["/proc/self/fd/$found", $kept];
}

sub opened {
  my $number = whole($_[0]);
  return [$number == $AT_CWD ? "/proc/$pid/cwd" : "/proc/$pid/fd/$number"];
}

# Symlinks and pipes have no attributes of users (xattr(7)).
sub takes_none { my $kind = $_[0] & 0170000; $kind == 0120000 || $kind == 0010000 }

sub varint { my ($n, $bytes) = ($_[0], ''); while ($n > 127) { $bytes .= chr($n & 127 | 128); $n >>= 7 } $bytes . chr $n }

sub record {
  my $found = "\0" x 32;
  my $size = syscall $GETXATTR, $_[0], $NAME, $found, 32;
  return if $size <= 0;
  my (%field, $tag, $scale);
  for my $byte (unpack 'C*', substr $found, 0, $size) {
    if (!defined $tag) { ($tag, $scale) = ($byte >> 3, 0); next }
    $field{$tag} |= ($byte & 127) << $scale;
    $scale += 7;
    undef $tag if $byte < 128;
  }
  return ($field{1} || 0, $field{2} || 0);
}

# A file of root has no record, but where without one it would be taken for another's.
sub write_record {
  my ($file, @owner) = @_;
  if ($owner[0] || $owner[1] || $start[1] || $start[4] || gives_group($file)) {
    my $bytes = "\x08" . varint($owner[0]) . "\x10" . varint($owner[1]);
    return syscall($SETXATTR, $file, $NAME, $bytes, length $bytes, 0) == 0 ? 0 : $! + 0;
  }
  syscall $REMOVEXATTR, $file, $NAME;
  return 0;
}

sub gives_group {
  my $path = readlink $_[0];
  return defined $path && $path =~ s{/[^/]*$}{} && ((lstat "$merged$path/.")[2] || 0) & 02000;
}

# What has no record is root's, or of whom the RUN is where it was made in it.
sub owner {
  my ($file, @stat) = @_;
  my @known = record($file);
  return @known if @known;
  return @{$links{$stat[1]}} if $links{$stat[1]} && takes_none($stat[2]);
  return (0, 0) unless $start[1] || $start[4];
  my $path = readlink $file;
  return (0, 0) if !defined $path || $path =~ m{^/(?:proc|sys|dev)(?:/|$)};
  return @start[1, 4] if ((lstat "$merged$path")[1] || 0) != $stat[1]; # mounted from elsewhere
  return (0, 0) unless lstat "$upper$path";
  my $inner = "$upper$path";
  return syscall($GETXATTR, $inner, $ORIGIN, $EMPTY, 0) < 0 ? @start[1, 4] : (0, 0);
}

sub may_give {
  my ($uid, $gid, @owner) = @_;
  my $own = ids();
  return 1 if $own->[1] == 0;
  return 0 if $owner[0] != $own->[1] || ($uid != $KEEP && $uid != $owner[0]);
  return $gid == $KEEP || grep { $_ == $gid } $own->[4], @{$own->[6]};
}

# It is in the upper folder then, where it has another inode.
sub give_link {
  my ($file, $kept) = @{shift()};
  my ($inode, @owner) = @_;
  my @target = $kept ? (fileno $kept, $EMPTY) : (-100, $file);
  syscall($FCHOWNAT, @target, 0, 0, $kept ? $AT_EMPTY : 0) == 0 or return $! + 0;
  my $path = readlink $file;
  $links{$inode} = [@owner];
  my $inner = (lstat "$upper$path")[1];
  print "link $inner @owner\n" if defined $inner;
  return 0;
}

# A symlink of a layer below loses its inode when it is renamed.
sub moves {
  return 'continue' unless %links;
  my $object = named(@_, 0);
  my @stat = defined $object->[0] ? stat $object->[0] : ();
  give_link($object, $stat[1], @{$links{$stat[1]}}) if @stat && takes_none($stat[2]) && $links{$stat[1]};
  return 'continue';
}

# The file is really given to root, so that the kernel does all else that a change of owner does.
sub own {
  my ($object, $uid, $gid) = (shift, map { $_ & 0xFFFFFFFF } @_);
  my ($file, $kept) = @$object;
  return $! == $ELOOP ? 0 : 'continue' unless defined $file;
  my @stat = stat $file or return 'continue';
  is_asking() or return 'continue';
  my $kind = $stat[2] & 0170000;
  my @owner = owner($file, @stat);
  return $EPERM unless may_give($uid, $gid, @owner);
  my @new = ($uid == $KEEP ? $owner[0] : $uid, $gid == $KEEP ? $owner[1] : $gid);
  return give_link($object, $stat[1], @new) if takes_none($kind);
  return 0 if $kind != 0100000 && $kind != 0040000;
  syscall($FCHOWNAT, -100, $file, $uid == $KEEP ? -1 : 0, $gid == $KEEP ? -1 : 0, 0) == 0 or return $! + 0;
  return write_record($file, @new);
}

sub show {
  my ($object, $address, $mask) = @_;
  my ($file, $kept) = @$object;
  return 'continue' unless defined $file;
  my @stat = %links || $start[1] || $start[4] ? stat $file : ();
  my @owner = owner($file, @stat);
  return 'continue' unless $owner[0] || $owner[1];
  my $buffer = "\0" x 256;
  my ($folder, $path, $flags) = $kept ? (fileno $kept, $EMPTY, $AT_EMPTY) : (-100, $file, 0);
  my ($length, @at) = defined $mask ? (256, 20, 24) : $x64 ? (144, 28, 32) : (128, 24, 28);
  my $done = defined $mask
    ? syscall($STATX, $folder, $path, $flags, $mask, $buffer)
    : syscall($FSTATAT, $folder, $path, $buffer, $flags);
  return 'continue' unless $done == 0;
  substr $buffer, $at[$_], 4, pack 'L', $owner[$_] for 0, 1;
  return poke($address, substr $buffer, 0, $length);
}

# What a process with other ids makes is recorded as soon as it is there: at the next question, or at the end.
sub creates {
  return 'continue' unless %ids;
  my ($folder, $path) = (whole($_[0]), text($_[1]));
  my $own = ids();
  return 'continue' if !defined $path || ($own->[1] == $start[1] && $own->[4] == $start[4]);
  $path = absolute($folder, $path);
  return 'continue' unless defined $path && $path =~ m{^(.*?)/+([^/]+)/*$}s;
  my ($parent, $name) = ($1 eq '' ? '/' : $1, $2);
  my ($file, $kept) = @{beneath($parent, 0)};
  return 'continue' unless defined $file;
  my $real = readlink $file;
  $real = '' if $real eq '/';
  my @folder = stat $file or return 'continue';
  my $group = $folder[2] & 02000 ? (owner($file, @folder))[1] : $own->[4]; # inode(7), S_ISGID
  $created{"$real/$name"} = [$own->[1], $group] unless lstat "$merged$real/$name";
  return 'continue';
}

sub settle {
  for my $path (keys %created) {
    my $file = "$merged$path";
    my @stat = lstat $file or next;
    my $owner = delete $created{$path};
    my $kind = $stat[2] & 0170000;
    if (takes_none($kind)) {
      $links{$stat[1]} = $owner;
      print "link ", (lstat "$upper$path")[1], " @$owner\n";
    } elsif ($kind == 0100000 || $kind == 0040000) { write_record($file, @$owner) }
  }
}
`;
