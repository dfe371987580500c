import type { BuiltImage } from './built-image.ts';

/** One build, with everything that it is given. */
export interface ReferenceBuild {
  readonly name: string;
  readonly context: string;
  /** Name of the Dockerfile in the context. */
  readonly dockerfile: string;
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly target: string | undefined;
  /** Files by ID. */
  readonly secrets: Readonly<Record<string, string>>;
}

/** The builder whose images ours have to be like. */
export interface ReferenceBuilder extends AsyncDisposable {
  /** Whether it is too old for some Dockerfiles, and builds their `reference.Dockerfile` in their place. */
  readonly isOld: boolean;
  /** Makes an image of the registry known to it as `<name>:1`. */
  useBase(reference: string, name: string): Promise<void>;
  /** Why it does not build; undefined when it did. */
  build(options: ReferenceBuild): Promise<string | undefined>;
  /** Images of builds that went well, by their names; `folder` is empty and only for this. */
  images(folder: string, names: readonly string[]): Promise<Map<string, BuiltImage>>;
}

/** `--<flag>=<prefix><name>=<value>` for each of them. */
export function flags(flag: string, values: Readonly<Record<string, string>>, prefix = ''): string[] {
  return Object.entries(values).map(([name, value]) => `--${flag}=${prefix}${name}=${value}`);
}

/** A secret's flag, which docker and buildctl spell alike. */
export function secretFlags(secrets: Readonly<Record<string, string>>): string[] {
  return Object.entries(secrets).map(([id, file]) => `--secret=id=${id},src=${file}`);
}
