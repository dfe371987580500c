import type { Command } from 'commander';
import { registerCredentials } from './registry/credentials.ts';
import { registerFsck } from './registry/fsck.ts';
import { registerGc } from './registry/gc.ts';
import { registerLogin } from './registry/login.ts';
import { registerLs } from './registry/ls.ts';
import { registerRm } from './registry/rm.ts';
import { registerServe } from './registry/serve.ts';
import { registerTags } from './registry/tags.ts';
import { registerTrust } from './registry/trust.ts';

export function registerRegistry(program: Command): void {
  const registry = program
    .command('registry')
    .description('log in to the private registry, look into it, look after it');
  for (const register of [
    registerLogin,
    registerCredentials,
    registerTrust,
    registerLs,
    registerTags,
    registerRm,
    registerGc,
    registerFsck,
    registerServe,
  ]) {
    register(registry);
  }
}
