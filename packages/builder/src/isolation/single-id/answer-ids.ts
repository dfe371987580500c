/** The part of the supervisor (Perl) that is about processes: the ids that they gave themselves (credentials(7)). */
export const ANSWER_IDS: string = String.raw`
# The ids of a process: its own, or those of the nearest parent that has some.
sub ids {
  my @below;
  for (my $at = $pid; $at; ) {
    open my $status, '<', "/proc/$at/status" or last;
    my ($process, $parent);
    while (<$status>) { $process = $1 if /^Tgid:\s*(\d+)/; $parent = $1, last if /^PPid:\s*(\d+)/ }
    my $born = %ids ? born($process) : 0;
    if ($ids{$process} && $ids{$process}[0] == $born) {
      my $own = $ids{$process}[1];
      return $own unless @below;
      my $inherited = [@$own[0 .. 6]];
      $ids{$$_[0]} = [$$_[1], $inherited] for @below;
      return $inherited;
    }
    last unless %ids;
    push @below, [$process, $born];
    $at = $parent;
  }
  return \@start;
}

sub born {
  open my $stat, '<', "/proc/$_[0]/stat" or return 0;
  return (split / /, (<$stat> =~ /.*\) (.*)/s)[0])[19] || 0;
}

# Who was root may keep the right to change groups (PR_SET_KEEPCAPS), as setpriv does: the process, not its children.
sub may_regroup { my $own = shift; $own->[1] == 0 || $own->[7] }

sub change {
  my ($own) = @_;
  open my $status, '<', "/proc/$pid/status" or return $EINVAL;
  my ($process) = map { /^Tgid:\s*(\d+)/ ? $1 : () } <$status>;
  $ids{$process} = [born($process), $own];
  return 0;
}

# credentials(7): without privilege an id may only become one of those that the process has.
sub become {
  my ($at, @wanted) = (shift, map { $_ & 0xFFFFFFFF } @_);
  my $own = ids();
  my @has = @$own[$at .. $at + 2];
  my $may = $at == 0 ? $own->[1] == 0 : may_regroup($own);
  for my $wish (@wanted) {
    return $EPERM if $wish != $KEEP && !$may && !grep { $_ == $wish } @has;
  }
  my @next = @$own;
  $next[7] = 1 if $own->[1] == 0;
  $next[$at + $_] = $wanted[$_] == $KEEP ? $has[$_] : $wanted[$_] for 0 .. 2;
  return 0 if "@next[0 .. 5]" eq "@$own[0 .. 5]";
  return change(\@next);
}

sub saved { ($_[0] & 0xFFFFFFFF) != $KEEP || ($_[1] & 0xFFFFFFFF) != $KEEP ? $_[1] : $KEEP }

sub join_groups {
  my ($count, $address) = @_;
  my $own = ids();
  return $EPERM unless may_regroup($own);
  return $EINVAL if $count > 65536;
  my $bytes = '';
  if ($count > 0) {
    open my $memory, '<:raw', "/proc/$pid/mem" or return $EINVAL;
    sysseek $memory, $address, 0;
    sysread $memory, $bytes, 4 * $count;
  }
  return change([@$own[0 .. 5], [sort { $a <=> $b } unpack 'L*', $bytes], $own->[7]]);
}

sub tell_ids {
  for my $pair (@_) { my $done = poke($pair->[0], pack 'L', $pair->[1]); return $done if $done ne '0' }
  return 0;
}

sub tell_groups {
  my ($size, $address) = (whole($_[0]), $_[1]);
  my @own = @{ids()->[6]};
  return value(scalar @own) if $size == 0;
  return $EINVAL if $size < @own;
  my $done = @own ? poke($address, pack 'L*', @own) : 0;
  return $done eq '0' ? value(scalar @own) : $done;
}
`;
