import { expand } from './expand.ts';
import type { ArgInstruction } from './instruction.ts';
import type { Lookup } from './shell-lexer.ts';

/** A build argument as a stage declares it; `value` is absent where nobody gave one. */
export interface DeclaredArg {
  readonly name: string;
  readonly value?: string;
}

export interface ScopeOptions {
  /** `--build-arg`: they win over defaults, but only where an ARG declares them. */
  readonly buildArgs: Readonly<Record<string, string>>;
  /** Values of the ARGs before FROM, the predefined ones included (`BuildPlan.globalArgs`). */
  readonly globalArgs: ReadonlyMap<string, string>;
  readonly escape?: string;
}

/** ARGs that say what is scanned for an SBOM, and are no variables. */
const NOT_FOR_RUN: ReadonlySet<string> = new Set(['BUILDKIT_SBOM_SCAN_CONTEXT', 'BUILDKIT_SBOM_SCAN_STAGE']);

/**
 * The variables that the instructions of one stage see, in the order in which they are set: ENV of the base image, then ARG and
 * ENV as they come. Both fill one table, the later one wins (BuildKit's rule); only ENV goes into the image's config.
 */
export class VariableScope {
  readonly #options: ScopeOptions;
  readonly #values: Map<string, string>;
  readonly #env: Map<string, string>;

  constructor(options: ScopeOptions, env: Iterable<readonly [string, string]> = []) {
    this.#options = options;
    this.#env = new Map(env);
    this.#values = new Map(this.#env);
  }

  readonly lookup: Lookup = (name) => this.#values.get(name);

  /** ENV. */
  setEnv(name: string, value: string): void {
    this.#env.set(name, value);
    this.#values.set(name, value);
  }

  /** ARG: what each name is now worth; the result is what docker writes into the history. */
  declare(instruction: ArgInstruction): DeclaredArg[] {
    return instruction.args.map(({ name, default: fallback, place }) => {
      const value = this.#argValue(name, fallback, (text) =>
        expand(text, this.lookup, { escape: this.#options.escape ?? '\\', place }),
      );
      if (value === undefined) return { name };
      if (!NOT_FOR_RUN.has(name)) this.#values.set(name, value);
      return { name, value };
    });
  }

  #argValue(
    name: string,
    fallback: string | undefined,
    expandDefault: (text: string) => string,
  ): string | undefined {
    if (Object.hasOwn(this.#options.buildArgs, name)) return this.#options.buildArgs[name];
    if (fallback !== undefined) return expandDefault(fallback);
    return this.#options.globalArgs.get(name);
  }

  /** The image's own environment, in order. */
  get env(): ReadonlyMap<string, string> {
    return this.#env;
  }

  /** The environment of RUN: the image's and the declared arguments. */
  get runEnv(): ReadonlyMap<string, string> {
    return this.#values;
  }

  /** The scope of a stage that is FROM this one: it sees the arguments declared here as well. */
  fork(): VariableScope {
    const child = new VariableScope(this.#options, this.#env);
    for (const [name, value] of this.#values) if (!this.#env.has(name)) child.#values.set(name, value);
    return child;
  }
}
