/** Where the source of a build comes from: a Git repository, or a folder packed as an OCI artifact. */
export type BuildSource = { readonly url: string; readonly revision?: string } | { readonly bundle: string };

/** What to build, from what, and where it goes. */
export interface BuildRequest {
  /** A name of `methods`. */
  readonly method: string;
  readonly source: BuildSource;
  /** Reference to push to, as pods reach the registry. */
  readonly image: string;
  readonly namespace: string;
  /** Path in the source. Default `./Dockerfile`. */
  readonly dockerfile?: string;
  /** Folder of the source. Default: all of it. */
  readonly context?: string;
  readonly buildArgs?: Readonly<Record<string, string>>;
  readonly target?: string;
  /** Further arguments of the method's builder. */
  readonly extraArgs?: readonly string[];
  /** ServiceAccount that clones and pushes; made when absent. Default `pipeline`. */
  readonly serviceAccount?: string;
  /** Socket of the node's Docker daemon, for the method docker. Default: /var/run/docker.sock. */
  readonly dockerSocket?: string;
  /** Keeps the builder's store between builds in a claim of this size (`10Gi`). */
  readonly cacheSize?: string;
  /** A Go duration. Default: Tekton's hour. */
  readonly timeout?: string;
}
