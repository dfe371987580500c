import { SlipwayError } from '@slipway/core';
import type { WorkspaceBinding } from '@slipway/kube';

/** One `-w` argument as tkn spells them: `name=src,claimName=pvc,subPath=dir`, `name=x,emptyDir=`, `name=x,config=cm`, `name=x,secret=s`. */
export function parseWorkspaceBinding(text: string): WorkspaceBinding {
  const parts = new Map(text.split(',').map((part) => split(part, text)));
  const take = (key: string): string | undefined => {
    const value = parts.get(key);
    parts.delete(key);
    return value;
  };
  const name = take('name');
  if (!name) throw malformed(text, 'it has no name=');
  const subPath = take('subPath');
  const source = volumeSource(take, text);
  const unknown = [...parts.keys()];
  if (unknown.length > 0) throw malformed(text, `"${unknown[0]}" is not known`);
  return { name, ...(subPath && { subPath }), ...source };
}

function volumeSource(
  take: (key: string) => string | undefined,
  text: string,
): Omit<WorkspaceBinding, 'name'> {
  const claimName = take('claimName');
  const emptyDir = take('emptyDir');
  const config = take('config');
  const secret = take('secret');
  const sources = [
    claimName !== undefined && { persistentVolumeClaim: { claimName } },
    emptyDir !== undefined && { emptyDir: emptyDir === '' ? {} : { medium: emptyDir } },
    config !== undefined && { configMap: { name: config } },
    secret !== undefined && { secret: { secretName: secret } },
  ].filter((source) => source !== false);
  if (sources.length !== 1) throw malformed(text, 'give exactly one of claimName, emptyDir, config, secret');
  return sources[0]!;
}

function split(part: string, text: string): [string, string] {
  const at = part.indexOf('=');
  if (at <= 0) throw malformed(text, `"${part}" is not key=value`);
  return [part.slice(0, at), part.slice(at + 1)];
}

function malformed(text: string, why: string): SlipwayError {
  return new SlipwayError('usage', 'WORKSPACE_BINDING', `workspace "${text}": ${why}`, {
    hint: 'write it like -w name=source,emptyDir= or -w name=source,claimName=my-claim',
  });
}
