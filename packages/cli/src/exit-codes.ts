import type { ErrorKind } from '@slipway/core';

/** Exit code of each kind of failure; documented in docs/contracts.md and in `slipway help exit-codes`. */
export const EXIT_CODES: Readonly<Record<ErrorKind, number>> = {
  failed: 1,
  usage: 2,
  invalid: 3,
  'not-found': 4,
  gone: 4,
  unauthenticated: 5,
  denied: 5,
  conflict: 6,
  unavailable: 7,
  timeout: 8,
  exhausted: 9,
  unsupported: 10,
  internal: 70,
  cancelled: 130,
};

/** The table as the help shows it. */
export const EXIT_CODE_HELP = `Exit codes:
  0    done
  1    the build or the run failed
  2    the command line is wrong
  3    the input (a Dockerfile, YAML, a reference) is wrong
  4    what was named does not exist
  5    not allowed: credentials or permissions
  6    a conflict: it exists already, or changed meanwhile
  7    a server does not answer
  8    it took too long
  9    disk, memory or quota is used up
  10   this machine or this version cannot do that
  70   an error of Slipway's own: please report it
  130  cancelled with Ctrl-C`;
