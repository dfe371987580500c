/** What a registry lets somebody in with: a password, or an OAuth2 refresh token. */
export type Credentials =
  | { readonly username: string; readonly password: string }
  | { readonly identityToken: string };

/** Finds credentials; undefined means: be anonymous. */
export interface CredentialSource {
  /** `registry` is a host with optional port, `docker.io` for the Docker Hub. */
  get(registry: string): Promise<Credentials | undefined>;
  /** Where it looked and what is there, for a registry that let nobody in; no secret in it. undefined: nothing to say. */
  explain?(registry: string): Promise<string | undefined>;
}

/** The first source that has credentials for a registry wins. */
export function firstCredentials(...sources: readonly CredentialSource[]): CredentialSource {
  return {
    async get(registry) {
      for (const source of sources) {
        const found = await source.get(registry);
        if (found !== undefined) return found;
      }
      return undefined;
    },
    async explain(registry) {
      const told: string[] = [];
      for (const source of sources) {
        const words = await source.explain?.(registry);
        if (words !== undefined) told.push(words);
        if (await source.get(registry)) break; // the others were not asked
      }
      return told.length === 0 ? undefined : told.join('; ');
    },
  };
}
