/** What makes unshare(1) give a program a pid namespace and the /proc of that; all in it dies with unshare. */
export const OWN_PIDS: readonly string[] = ['--pid', '--fork', '--kill-child', '--mount-proc'];

/**
 * The command that makes a program process 1 of a pid namespace where the kernel lets that have a /proc: whatever it leaves
 * running dies with it. Elsewhere (an unprivileged pod) the program shares the place's.
 */
export function ownPidsIfAllowed(argv: readonly string[]): string[] {
  const unshare = `unshare ${OWN_PIDS.join(' ')}`;
  const script = `if ${unshare} true 2>/dev/null; then exec ${unshare} -- "$@"; else exec "$@"; fi`;
  return ['sh', '-c', script, 'sh', ...argv];
}
