import { isObject, type JsonObject, ownMember, sameJson, setMember } from '../json/value.ts';

/** Applies RFC 7386: members replace members, null removes, objects merge. The target is not changed. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return structuredClone(patch);
  const merged: JsonObject = isObject(target) ? structuredClone(target) : {};
  for (const name of Object.keys(patch)) {
    const value = ownMember(patch, name);
    if (value === null) delete merged[name];
    else if (value !== undefined) setMember(merged, name, mergePatch(ownMember(merged, name), value));
  }
  return merged;
}

/** The merge patch that makes `to` of `from`; undefined when they are the same. RFC 7386 cannot set a member to null. */
export function mergeDiff(from: unknown, to: unknown): unknown {
  if (sameJson(from, to)) return undefined;
  if (!isObject(from) || !isObject(to)) return structuredClone(to);
  const patch: JsonObject = {};
  for (const name of Object.keys(from)) {
    if (ownMember(to, name) === undefined) setMember(patch, name, null);
  }
  for (const name of Object.keys(to)) {
    const wanted = ownMember(to, name);
    if (wanted === undefined) continue;
    const change = mergeDiff(ownMember(from, name), wanted);
    if (change !== undefined) setMember(patch, name, change);
  }
  return patch;
}
