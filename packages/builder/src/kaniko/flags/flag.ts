/** How a flag's value is read, with pflag's names: a `list` may be given several times. */
type FlagType = 'string' | 'boolean' | 'int' | 'duration' | 'list';

/** A flag of kaniko's executor: the parser, the help and docs/methods/kaniko.md are made from these. */
export interface Flag {
  readonly name: string;
  /** One letter: `f` for `-f`. */
  readonly short?: string;
  readonly type: FlagType;
  /** As it would be written. Default: empty, false or 0. */
  readonly default?: string;
  /** A variable that gives the value where the flag is not given. */
  readonly env?: string;
  /** One sentence without a full stop. */
  readonly description: string;
  /** The flag is accepted and has no effect: why it is not needed. */
  readonly pointless?: string;
  /** The flag is an older spelling of this one. */
  readonly means?: string;
}
