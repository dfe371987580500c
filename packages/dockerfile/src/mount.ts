import type { Place } from '@slipway/core';
import { parseBytes } from './byte-size.ts';
import { csvFields } from './csv.ts';
import { failure, suggestion } from './failure.ts';
import type { Word } from './instruction.ts';
import { present } from './present.ts';

const TYPES = ['bind', 'cache', 'tmpfs', 'secret', 'ssh'] as const;
const SHARING = ['shared', 'private', 'locked'] as const;
const KEYS = [
  ...['type', 'from', 'source', 'src', 'target', 'dst', 'destination', 'readonly', 'ro', 'readwrite', 'rw'],
  ...['required', 'size', 'id', 'sharing', 'mode', 'uid', 'gid', 'env'],
];

export type MountType = (typeof TYPES)[number];

/** A `RUN --mount`, typed. Absent members were not given; defaults that depend on the place are the builder's. */
export interface Mount {
  readonly type: MountType;
  /** Stage, named context or image that a bind or cache comes from. */
  readonly from?: string;
  readonly source?: string;
  readonly target?: string;
  readonly readOnly: boolean;
  /** tmpfs only, in bytes. */
  readonly sizeBytes?: number;
  /** Of a cache, a secret or an SSH agent. */
  readonly id?: string;
  readonly sharing?: (typeof SHARING)[number];
  /** Secret and ssh: fail where it is missing. */
  readonly required: boolean;
  /** Secret: the environment variable to set; empty for one named as the id. */
  readonly env?: string;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
}

type Draft = { -readonly [K in keyof Mount]?: Mount[K] };

/** The mount of one `--mount` value; `expandWord` replaces the variables in each value. Throws DOCKERFILE_MOUNT. */
export function parseMount(flag: Word, expandWord: (text: string) => string): Mount {
  const draft: Draft = { type: 'bind' };
  for (const field of csvFields(flag)) {
    const equals = field.indexOf('=');
    const key = (equals === -1 ? field : field.slice(0, equals)).toLowerCase();
    if (equals === -1) setBare(draft, key, field, flag.place);
    else setField(draft, key, expandWord(field.slice(equals + 1)), field, flag.place);
  }
  return complete(draft, flag.place);
}

/** What can be said of a `--mount` before its variables are known. */
export function checkMount(flag: Word): void {
  mountSource(flag);
  if (!flag.text.includes('$')) parseMount(flag, (text) => text);
}

/** The `from` of a `--mount`, which decides about the graph of stages and therefore takes no variables. */
export function mountSource(flag: Word): string | undefined {
  const field = csvFields(flag).findLast((text) => /^from=/i.test(text));
  const from = field?.slice('from='.length);
  if (from !== undefined && /\$./.test(from)) {
    throw failure(
      'FROM_VARIABLE',
      `from=${from}: variables are not expanded here`,
      flag.place,
      'name a stage, and choose its image there: FROM $IMAGE AS name',
    );
  }
  return from === '' ? undefined : from;
}

function bad(message: string, place: Place, hint?: string): Error {
  return failure('MOUNT', message, place, hint);
}

function setBare(draft: Draft, key: string, field: string, place: Place): void {
  if (key === 'readonly' || key === 'ro') draft.readOnly = true;
  else if (key === 'readwrite' || key === 'rw') draft.readOnly = false;
  else if (key === 'required') draft.required = requiredAllowed(draft, place);
  else throw bad(`--mount field "${field}" must be key=value`, place, suggestion(key, KEYS));
}

function requiredAllowed(draft: Draft, place: Place): true {
  if (draft.type === 'secret' || draft.type === 'ssh') return true;
  throw bad(
    `required does not go with --mount=type=${draft.type}`,
    place,
    'write type=secret or type=ssh first',
  );
}

const SETTERS: Readonly<Record<string, (draft: Draft, value: string, place: Place) => void>> = {
  type: (draft, value, place) => {
    draft.type = oneOf('type', TYPES, value, place);
  },
  from: (draft, value) => {
    draft.from = value;
  },
  source: (draft, value) => {
    draft.source = value;
  },
  target: (draft, value) => {
    draft.target = value;
  },
  readonly: (draft, value, place) => {
    draft.readOnly = boolean('readonly', value, place);
  },
  readwrite: (draft, value, place) => {
    draft.readOnly = !boolean('readwrite', value, place);
  },
  required: (draft, value, place) => {
    draft.required = requiredAllowed(draft, place) && boolean('required', value, place);
  },
  size: (draft, value, place) => {
    if (draft.type !== 'tmpfs')
      throw bad(`size does not go with --mount=type=${draft.type}`, place, 'only tmpfs has a size');
    draft.sizeBytes = parseBytes(value) ?? invalid('size', value, place);
  },
  id: (draft, value) => {
    draft.id = value;
  },
  sharing: (draft, value, place) => {
    draft.sharing = oneOf('sharing', SHARING, value, place);
  },
  mode: (draft, value, place) => {
    draft.mode = number('mode', value, 8, place);
  },
  uid: (draft, value, place) => {
    draft.uid = number('uid', value, 10, place);
  },
  gid: (draft, value, place) => {
    draft.gid = number('gid', value, 10, place);
  },
  env: (draft, value) => {
    draft.env = value;
  },
};

const ALIASES: Readonly<Record<string, string>> = {
  src: 'source',
  dst: 'target',
  destination: 'target',
  ro: 'readonly',
  rw: 'readwrite',
};

function setField(draft: Draft, key: string, value: string, field: string, place: Place): void {
  const name = Object.hasOwn(ALIASES, key) ? ALIASES[key]! : key;
  if (!Object.hasOwn(SETTERS, name)) {
    throw bad(`unexpected key "${key}" in --mount field "${field}"`, place, suggestion(key, KEYS));
  }
  SETTERS[name]!(draft, value, place);
}

function oneOf<T extends string>(key: string, allowed: readonly T[], value: string, place: Place): T {
  const found = allowed.find((option) => option === value.toLowerCase());
  if (found !== undefined) return found;
  throw bad(
    `--mount ${key}=${value} is not known`,
    place,
    suggestion(value, allowed, `it is one of ${allowed.join(', ')}`),
  );
}

/** The spellings that Go's strconv.ParseBool takes. */
function boolean(key: string, value: string, place: Place): boolean {
  if (/^(1|t|T|TRUE|true|True)$/.test(value)) return true;
  if (/^(0|f|F|FALSE|false|False)$/.test(value)) return false;
  return invalid(key, value, place);
}

function number(key: string, value: string, radix: 8 | 10, place: Place): number {
  const digits = radix === 8 ? /^[0-7]+$/ : /^\d+$/;
  const parsed = Number.parseInt(value, radix);
  return digits.test(value) && parsed <= 0xffff_ffff ? parsed : invalid(key, value, place);
}

function invalid(key: string, value: string, place: Place): never {
  throw bad(`invalid value for ${key} in --mount: ${value}`, place);
}

/** Checks what only the whole can tell, and fills in what the type decides. */
function complete(draft: Draft, place: Place): Mount {
  const type = draft.type!;
  const owned = type === 'secret' || type === 'ssh' || type === 'cache';
  for (const key of ['mode', 'uid', 'gid'] as const) {
    if (!owned && draft[key] !== undefined) throw bad(`${key} does not go with --mount=type=${type}`, place);
  }
  if (draft.sharing !== undefined && type !== 'cache') {
    throw bad(`sharing does not go with --mount=type=${type}`, place, 'only a cache is shared');
  }
  if (type === 'secret') checkSecret(draft, place);
  if (type === 'ssh' && draft.source) throw bad('an ssh mount has no source', place, 'name the agent by id=');
  const readOnly = draft.readOnly ?? !(type === 'cache' || type === 'tmpfs');
  return {
    ...present({ ...draft, from: draft.from || undefined }),
    type,
    readOnly,
    required: draft.required ?? false,
  };
}

function checkSecret(draft: Draft, place: Place): void {
  if (draft.from) throw bad('a secret mount has no from', place);
  if (!draft.source && !draft.target && !draft.id)
    throw bad(
      'a secret mount needs an id, a source or a target',
      place,
      'for example: --mount=type=secret,id=token',
    );
  if (draft.source && draft.id)
    throw bad('a secret mount has either an id or a source', place, 'they mean the same: keep one');
}
