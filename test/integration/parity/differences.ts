/** A difference from docker that stays, and why. */
export interface KnownDifference {
  /** The cases that have it. */
  readonly cases: RegExp;
  /** A line of the comparison. */
  readonly line: RegExp;
  readonly reason: string;
  /** Whether the other builder does not always do it. */
  readonly varies?: true;
}

/** BuildKit changed these since the 0.8 that Debian's docker 20.10 has; slipway does as BuildKit 0.32 (2026) does. */
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
    line: /^history \d+: slipway has \["HEALTHCHECK \{Test:/,
    reason: 'the history names the fields of a health check',
  },
  {
    cases: /^arg-scopes$/,
    line: /^history \d+: slipway has \["RUN \|4 GLOBAL=outside /,
    reason: 'the history of RUN has each ARG once, and those of the stage before',
  },
  {
    cases: /^(metadata|expose-of-hosts)$/,
    line: /^history \d+: slipway has \["EXPOSE \[/,
    reason: 'the history has ports as a list',
  },
  {
    cases: /^(run-environment|workdir-as-user)$/,
    line: /\/id(-\w+)* (content|size): /,
    reason: 'the group of a process is among its other groups too',
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
    cases: /^copy-chmod-too-big-fails$/,
    line: /^docker builds it$/,
    reason: 'a mode beyond 7777 is an error',
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

/** Where slipway does not do as BuildKit 0.8 either, and BuildKit 0.32 does as slipway. */
const old: readonly KnownDifference[] = [
  {
    cases: /^add-tar-replaces$/,
    line: /^layer \d+: only docker lists \S+\/\.wh\.\.wh\.\.opq$/,
    reason: 'a folder in place of a file or symlink needs no mark: there is nothing below it to hide',
  },
];

/** Where slipway means to differ from today's BuildKit too, and what BuildKit does not do twice the same. */
const today: readonly KnownDifference[] = [
  {
    cases: /^(add-|copy-|dockerignore|onbuild-runs|scratch-copy|stage-)/,
    line: /^\/\S+ mtime: slipway has 981173106, docker has now$/,
    reason:
      'a copied folder has the time of its source; BuildKit does not send that of the context itself, and may write into a folder after it has set its time',
  },
  {
    cases: /^copy-parents$/,
    line: /^\/pivot mtime: slipway has now, docker has 981173106$/,
    reason:
      'a folder that COPY makes on the way is new; BuildKit gives it the time of the one before the pivot, if it has it',
    varies: true,
  },
  {
    cases: /^(arg-predefined|env-forms|run-environment)$/,
    line: /^\/(tmp\/)?env(ironment(-unknown)?)? (content|size): /,
    reason: 'BuildKit tells RUN where to send traces, by OTEL_* and TRACEPARENT',
  },
  {
    cases: /^run-devices$/,
    line: /^\/devices (content|size): /,
    reason: 'BuildKit gives RUN a socket for traces, /dev/otel-grpc.sock',
  },
  {
    cases: /^copy-special-files$/,
    line: /^\/special\/disk type: slipway has block, docker has char$/,
    reason: 'a block device of the context stays one; BuildKit makes a character device of it',
  },
  {
    cases: /^run-hardlinks$/,
    line: /^layer \d+: only slipway lists \/h1$/,
    reason:
      'a file that got another name is listed with both; BuildKit leaves out the name that was there before',
  },
  {
    cases: /^run-(opaque|removes|replaces-types)$/,
    line: /^layer \d+: only (docker lists \S+\/\.wh\.\w+|slipway lists \S+\/\.wh\.\.wh\.\.opq)$/,
    reason:
      'a folder that was made anew hides the old one as a whole; BuildKit lists what was in the old one',
  },
  {
    cases: /^run-on-scratch$/,
    line: /^layer 1: only docker lists \/(dev|proc|sys)$/,
    reason: 'folders that runc makes to mount on do not count as a change',
  },
];

/** For Debian's docker 20.10. */
export const differencesFromDocker: readonly KnownDifference[] = [...since, ...ours, ...old];

/** For BuildKit 0.32. */
export const differencesFromBuildkit: readonly KnownDifference[] = [...ours, ...today];
