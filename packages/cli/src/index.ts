export { type GitServer, type GitServerOptions, serveGit } from './demo/git-server.ts';
export { makeRepository } from './demo/repository.ts';
