import { SlipwayError } from '@slipway/core';
import { type Digest, parseDigest } from './digest.ts';

/** A fully qualified image name: `docker.io` + `library/golang` + `1.22` and/or a digest. */
export interface Reference {
  /** Host with optional port: `docker.io`, `localhost:5000`, `[::1]:5000`. */
  readonly registry: string;
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

export interface ParseReferenceOptions {
  /** Registry of a name that has none. Default `docker.io`. */
  readonly defaultRegistry?: string;
}

const DOCKER_HUB = 'docker.io';
const LABEL = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const REGISTRY = new RegExp(`^(?:${LABEL}(?:\\.${LABEL})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?$`);
const COMPONENT = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const REPOSITORY = new RegExp(`^${COMPONENT}(?:/${COMPONENT})*$`);
const TAG = /^[\w][\w.-]{0,127}$/;
/** The limit that docker's reference grammar sets on registry and repository together. */
const MAX_NAME = 255;

/** Whether the text may be a repository name of the OCI distribution specification. */
export function isRepositoryName(text: string): boolean {
  return text.length <= MAX_NAME && REPOSITORY.test(text);
}

/** Whether the text may be a tag. */
export function isTag(text: string): boolean {
  return TAG.test(text);
}

/**
 * Reads an image name by docker's rules: `golang` is `docker.io/library/golang:latest`; the part before the first slash is
 * a registry when it has a dot, a colon, an upper-case letter or is `localhost`. Throws REFERENCE_INVALID, DIGEST_INVALID.
 */
export function parseReference(text: string, options: ParseReferenceOptions = {}): Reference {
  const { name, tag, digest } = splitSuffixes(text);
  const { registry, repository } = splitRegistry(name, options.defaultRegistry ?? DOCKER_HUB);
  if (!REGISTRY.test(registry)) throw invalid(text, `"${registry}" is not a registry host`);
  if (/[A-Z]/.test(repository)) throw invalid(text, 'a repository name is lower-case');
  if (!REPOSITORY.test(repository)) throw invalid(text, `"${repository}" is not a repository name`);
  if (registry.length + repository.length + 1 > MAX_NAME)
    throw invalid(text, `it is over ${MAX_NAME} characters`);
  if (/^[0-9a-f]{64}$/.test(name))
    throw invalid(text, '64 hexadecimal digits would be taken for an image ID');
  if (tag !== undefined && !TAG.test(tag)) throw invalid(text, `"${tag}" is not a tag`);
  return {
    registry,
    repository,
    ...(tag !== undefined ? { tag } : digest === undefined ? { tag: 'latest' } : {}),
    ...(digest === undefined ? {} : { digest: parseDigest(digest) }),
  };
}

function splitSuffixes(text: string): { name: string; tag?: string; digest?: string } {
  const at = text.indexOf('@');
  const digest = at < 0 ? {} : { digest: text.slice(at + 1) };
  const rest = at < 0 ? text : text.slice(0, at);
  const colon = rest.lastIndexOf(':');
  if (colon < 0 || colon < rest.lastIndexOf('/')) return { name: rest, ...digest };
  return { name: rest.slice(0, colon), tag: rest.slice(colon + 1), ...digest };
}

function splitRegistry(name: string, defaultRegistry: string): { registry: string; repository: string } {
  const slash = name.indexOf('/');
  const first = slash < 0 ? '' : name.slice(0, slash);
  const qualified = looksLikeRegistry(name);
  const registry = canonicalRegistry(qualified ? first : defaultRegistry);
  const path = qualified ? name.slice(slash + 1) : name;
  const official = registry === DOCKER_HUB && path !== '' && !path.includes('/');
  return { registry, repository: official ? `library/${path}` : path };
}

/** Whether the part before the first slash is a registry and not the start of a repository. */
function looksLikeRegistry(name: string): boolean {
  return /^(?:localhost|[^/]*[.:A-Z[][^/]*)\//.test(name);
}

/** `index.docker.io` and `registry-1.docker.io` are other names of `docker.io`. */
function canonicalRegistry(registry: string): string {
  return registry === 'index.docker.io' || registry === 'registry-1.docker.io' ? DOCKER_HUB : registry;
}

/** The full form: `docker.io/library/golang:latest`. */
export function formatReference(ref: Reference): string {
  return `${ref.registry}/${ref.repository}${formatSuffix(ref)}`;
}

/** The short form that people write: `golang:latest` for `docker.io/library/golang:latest`. */
export function familiarReference(ref: Reference): string {
  if (ref.registry !== DOCKER_HUB || looksLikeRegistry(ref.repository)) return formatReference(ref);
  const official = /^library\/([^/]+)$/.exec(ref.repository);
  return `${official ? official[1] : ref.repository}${formatSuffix(ref)}`;
}

function formatSuffix(ref: Reference): string {
  return `${ref.tag === undefined ? '' : `:${ref.tag}`}${ref.digest === undefined ? '' : `@${ref.digest}`}`;
}

function invalid(text: string, why: string): SlipwayError {
  return new SlipwayError(
    'invalid',
    'REFERENCE_INVALID',
    `"${text.slice(0, 300)}" is not an image reference: ${why}`,
    {
      hint: 'write it like registry.example.com:5000/team/app:1.0',
    },
  );
}
