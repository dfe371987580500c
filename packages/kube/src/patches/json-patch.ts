import { isObject, type JsonObject, ownMember, sameJson, setMember } from '../json/value.ts';
import { StatusError } from '../status-error.ts';

/** One operation of RFC 6902. */
export interface JsonPatchOperation {
  readonly op: 'add' | 'remove' | 'replace' | 'move' | 'copy' | 'test';
  /** A JSON pointer. */
  readonly path: string;
  readonly from?: string;
  readonly value?: unknown;
}

const MAX_OPERATIONS = 10_000;
/** What copies may add in all, as the API bounds it: a short patch could double the document again and again. */
const MAX_COPIED_BYTES = 3 << 20;
const OPERATIONS: readonly string[] = ['add', 'remove', 'replace', 'move', 'copy', 'test'];

/**
 * Applies RFC 6902 with the semantics of the Kubernetes API (evanphx/json-patch): `replace` of a missing member adds it,
 * which `tkn … cancel` relies on; negative list indices count from the end. The document is not changed. Throws
 * BadRequest for what is no patch, Invalid for one that does not fit the document.
 */
export function jsonPatch(document: unknown, patch: unknown): unknown {
  const root: Root = { document: structuredClone(document), copiedBytes: 0 };
  for (const operation of parseOperations(patch)) applyOperation(root, operation);
  return root.document;
}

interface Root {
  document: unknown;
  copiedBytes: number;
}

function parseOperations(patch: unknown): JsonPatchOperation[] {
  if (!Array.isArray(patch)) throw StatusError.badRequest('a JSON patch must be a list of operations');
  if (patch.length > MAX_OPERATIONS) {
    throw StatusError.badRequest(`a JSON patch may have at most ${MAX_OPERATIONS} operations`);
  }
  return patch.map((operation: unknown, index) => {
    if (!isObject(operation) || !OPERATIONS.includes(String(operation.op))) {
      throw StatusError.badRequest(
        `operation ${index} of the JSON patch has no op of ${OPERATIONS.join(', ')}`,
      );
    }
    const { op, path, from } = operation;
    const needsFrom = op === 'move' || op === 'copy';
    if (typeof path !== 'string' || (needsFrom && typeof from !== 'string')) {
      const name = typeof path === 'string' ? 'from' : 'path';
      throw StatusError.badRequest(`operation ${index} (${op}) of the JSON patch has no ${name}`);
    }
    return operation as unknown as JsonPatchOperation;
  });
}

function applyOperation(root: Root, { op, path, from = '', value = null }: JsonPatchOperation): void {
  const at = new Location(root, path, op);
  if (op === 'add') at.add(structuredClone(value));
  else if (op === 'remove') at.remove();
  else if (op === 'replace') at.replace(structuredClone(value));
  else if (op === 'copy') at.add(copyOf(root, from));
  else if (op === 'move') move(root, from, path);
  else if (!sameJson(at.find() ?? null, value)) throw doesNotApply(op, path, 'the value there is another');
}

function copyOf(root: Root, from: string): unknown {
  const text = JSON.stringify(new Location(root, from, 'copy').get());
  root.copiedBytes += text.length;
  if (root.copiedBytes > MAX_COPIED_BYTES) {
    throw doesNotApply('copy', from, `copies would add more than ${MAX_COPIED_BYTES} bytes`);
  }
  return JSON.parse(text);
}

function move(root: Root, from: string, path: string): void {
  if (path.startsWith(`${from}/`)) throw doesNotApply('move', path, 'a value cannot move into itself');
  const source = new Location(root, from, 'move');
  const moved = source.get();
  source.remove();
  new Location(root, path, 'move').add(moved);
}

function doesNotApply(op: string, path: string, why: string): StatusError {
  return StatusError.of(
    'Invalid',
    `the server rejected our request due to an error in our request: ${op} operation does not apply at "${path}": ${why}`,
  );
}

/** The place in a document that a pointer names: a container and a key in it, or the root. */
class Location {
  readonly #root: Root;
  readonly #path: string;
  readonly #op: string;
  readonly #container: unknown;
  /** Undefined for the root. */
  readonly #key: string | undefined;

  constructor(root: Root, path: string, op: string) {
    this.#root = root;
    this.#path = path;
    this.#op = op;
    if (path !== '' && !path.startsWith('/')) throw this.#fail('a path begins with a slash');
    const keys = path === '' ? [] : path.slice(1).split('/').map(unescapeKey);
    this.#key = keys.pop();
    let container: unknown = root.document;
    for (const key of keys) {
      container = Array.isArray(container)
        ? container[this.#index(container, key)]
        : memberOf(container, key);
      if (container === undefined || container === null)
        throw this.#fail(`doc is missing path: missing "${key}"`);
    }
    if (this.#key !== undefined && !Array.isArray(container) && !isObject(container)) {
      throw this.#fail('the parent is neither an object nor a list');
    }
    this.#container = container;
  }

  /** The value; undefined where there is none. */
  find(): unknown {
    if (this.#key === undefined) return this.#root.document;
    if (!Array.isArray(this.#container)) return memberOf(this.#container, this.#key);
    return this.#container[this.#index(this.#container, this.#key)];
  }

  get(): unknown {
    const value = this.find();
    if (value === undefined) throw this.#fail(`doc is missing key: ${this.#key}`);
    return value;
  }

  add(value: unknown): void {
    if (this.#key === undefined) this.#root.document = value;
    else if (Array.isArray(this.#container)) {
      const index = this.#key === '-' ? this.#container.length : this.#index(this.#container, this.#key, 1);
      this.#container.splice(index, 0, value);
    } else setMember(this.#container as JsonObject, this.#key, value);
  }

  replace(value: unknown): void {
    if (this.#key !== undefined && Array.isArray(this.#container)) {
      this.#container[this.#index(this.#container, this.#key)] = value;
    } else this.add(value);
  }

  remove(): void {
    if (this.#key === undefined) throw this.#fail('the root cannot be removed');
    if (Array.isArray(this.#container)) this.#container.splice(this.#index(this.#container, this.#key), 1);
    else {
      this.get();
      delete (this.#container as JsonObject)[this.#key];
    }
  }

  /** `beyond`: how far after the last element is allowed. */
  #index(list: readonly unknown[], key: string, beyond = 0): number {
    if (!/^(0|-?[1-9]\d{0,8})$/.test(key)) throw this.#fail(`"${key}" is no index of a list`);
    const length = list.length + beyond;
    const index = Number(key) < 0 ? Number(key) + length : Number(key);
    if (index < 0 || index >= length)
      throw this.#fail(`index ${key} is out of bounds of ${list.length} elements`);
    return index;
  }

  #fail(why: string): StatusError {
    return doesNotApply(this.#op, this.#path, why);
  }
}

function unescapeKey(key: string): string {
  return key.replaceAll('~1', '/').replaceAll('~0', '~');
}

function memberOf(container: unknown, key: string): unknown {
  return isObject(container) ? ownMember(container, key) : undefined;
}
