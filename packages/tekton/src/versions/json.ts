/** A JSON object: the same kind has other members in each version, and conversions see all of them. */
export type Json = Record<string, unknown>;

/** Whether a value is a JSON object. */
export function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value as an object; an empty one when it is none. */
export function jsonOf(value: unknown): Json {
  return isJson(value) ? value : {};
}

/** The objects of a list; none when it is no list. */
export function itemsOf(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter(isJson) : [];
}

/** The object with its members in their order, some under another name, and without those named ''. */
export function renamed(object: Json, names: Readonly<Record<string, string>>): Json {
  const nameOf = (name: string): string => (Object.hasOwn(names, name) ? names[name]! : name);
  const entries = Object.entries(object).map(([name, value]) => [nameOf(name), value] as const);
  return Object.fromEntries(entries.filter(([name]) => name !== ''));
}

/** The object without its undefined members. */
export function compact(object: Json): Json {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}

/** The object with a member that is there converted. */
export function converted(object: Json, member: string, convert: (value: Json) => Json): Json {
  const value = object[member];
  return isJson(value) ? { ...object, [member]: convert(value) } : object;
}

/** The same for each object of a list. */
export function convertedItems(object: Json, member: string, convert: (item: Json) => Json): Json {
  const list = object[member];
  if (!Array.isArray(list)) return object;
  return { ...object, [member]: list.map((item: unknown) => (isJson(item) ? convert(item) : item)) };
}

/** Whether there is anything in an object or list. */
export function isFilled(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}
