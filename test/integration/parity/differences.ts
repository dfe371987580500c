/** A difference from docker that stays, and why. */
export interface KnownDifference {
  /** The cases that have it. */
  readonly cases: RegExp;
  /** A line of the comparison. */
  readonly line: RegExp;
  readonly reason: string;
}

/** BuildKit changed these since the 0.8 that Debian's docker 20.10 has; slipway does as BuildKit 0.33 (2026) does. */
const since: readonly KnownDifference[] = [
  {
    cases: /^(add-|copy-|dockerignore|stage-|scratch-copy|onbuild)/,
    line: /^\/\S+ mtime: slipway has (981173106|1049522828), docker has now$/,
    reason: 'a copied folder has the time of its source; BuildKit 0.8 sets it before it fills the folder',
  },
  {
    cases: /^(add-|copy-|run-secret|stage-)/,
    line: /^history \d+: slipway has \["(ADD|COPY)( --(chown|chmod)=\S+)+ /,
    reason: 'the history has --chown and --chmod',
  },
  {
    cases: /^(add-url|arg-|onbuild-runs|copy-chown-variable)/,
    line: /^history \d+: slipway has \["ARG /,
    reason: 'the history has the values that the ARGs had in the build, not the defaults that are written',
  },
  {
    cases: /^(healthcheck-|run-shell)/,
    line: /^history \d+: slipway has \["HEALTHCHECK .*\\"0s\\" '/,
    reason: 'the history has the start interval, which is younger than BuildKit 0.8',
  },
  {
    cases: /^add-tar-chown$/,
    line: /^\/owned\/\S+ owner: slipway has 1000:50/,
    reason: '--chown is for the files of an archive too',
  },
  {
    cases: /^(add-url|copy-chmod)$/,
    line: /^\/(u\/3|m3) mode: slipway has (640|4711), docker has (600|711)$/,
    reason: '--chmod is for downloads too, and may set setuid',
  },
  {
    cases: /^(copy-modes)$/,
    line: /^\/deep(\/new(\/with-mode)?)? mode: slipway has 711, docker has 755$/,
    reason: 'folders that COPY makes on the way have the mode of --chmod',
  },
  {
    cases: /^copy-(from-stage|special-files)$/,
    line: /pipe(: only slipway has it)?$/,
    reason: 'named pipes are copied',
  },
  {
    cases: /^copy-special-files$/,
    line: /^\/special\/(disk|null) /,
    reason: 'devices of a context are copied; BuildKit 0.8 makes empty files of them',
  },
  {
    cases: /^run-(mounts|on-scratch|secret)$/,
    line: /^(\/(bound|cache|scratch|opt\/cache|run\/secrets|etc)(\/\w+)?: only docker has it|layer \d+: only docker lists )/,
    reason: 'folders that were made only to mount something on them are removed after the step',
  },
  {
    cases: /^dockerignore-negated-all$/,
    line: /src\/deep/,
    reason: 'a negated pattern with ** reaches into folders that an earlier one leaves out',
  },
  {
    cases: /^workdir$/,
    line: /\/trailing/,
    reason: 'WORKDIR is written without a slash at the end',
  },
];

/** Where slipway means to differ, or cannot do the same. */
const ours: readonly KnownDifference[] = [
  {
    cases: /./,
    line: /^an empty layer of docker: (RUN|WORKDIR|COPY)/,
    reason: 'a step that changes nothing makes no layer; its history says so, as with docker before BuildKit',
  },
  {
    cases: /./,
    line: /^\/\S+ mtime: slipway has 1015218367, docker has now$/,
    reason:
      'a folder of the base keeps its time when something is put into it, so that equal input gives an equal layer',
  },
  {
    cases: /attributes$/,
    line: /^\/\S+ attributes: slipway has user\.\w+=[0-9a-f]+, docker has $/,
    reason:
      'attributes of users are kept, as buildah and kaniko keep them; dockerd stores only file capabilities',
  },
  {
    cases: /^copy-chown-unknown-fails$/,
    line: /^docker builds it$/,
    reason: 'BuildKit takes an unknown name in --chown for root; a typing error should not do that',
  },
  {
    cases: /^add-tar-replaces$/,
    line: /^layer \d+: only docker lists \S+\/\.wh\.\.wh\.\.opq$/,
    reason: 'a folder in place of a file or symlink needs no mark: there is nothing below it to hide',
  },
  {
    cases: /^run-mknod$/,
    line: /^slipway fails: .*mknod: \/null: Operation not permitted/s,
    reason: 'the kernel makes no devices in a user namespace; ADD of an archive and the chroot rung do',
  },
  {
    cases: /^run-on-scratch$/,
    line: /^(\/(dev|proc|sys): only docker has it|layers: slipway has 2, docker has 3|history 2: )/,
    reason: 'folders that runc makes to mount on do not count as a change',
  },
];

export const knownDifferences: readonly KnownDifference[] = [...since, ...ours];
