import { spawn } from 'node:child_process';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface GitServer extends AsyncDisposable {
  /** `http://127.0.0.1:<port>`; a repository `<folder>/app.git` is at `<url>/app.git`. */
  readonly url: string;
}

export interface GitServerOptions {
  /** Folder that holds bare repositories. */
  readonly folder: string;
  readonly host?: string;
  /** When given, every request needs these (HTTP Basic). */
  readonly credentials?: { username: string; password: string };
}

/** Serves a folder of bare Git repositories, read only, over smart HTTP with `git http-backend` (git-http-backend(1)). */
export async function serveGit(options: GitServerOptions): Promise<GitServer> {
  const host = options.host ?? '127.0.0.1';
  const server = createServer((request, response) => {
    if (!isAllowed(request, options.credentials)) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end('authentication required\n');
      return;
    }
    runBackend(options.folder, request, response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${host}:${port}`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function isAllowed(request: IncomingMessage, credentials: GitServerOptions['credentials']): boolean {
  if (credentials === undefined) return true;
  const expected = Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64');
  return request.headers.authorization === `Basic ${expected}`;
}

/** One CGI call (RFC 3875): the request goes to standard input, headers and body come from standard output. */
function runBackend(folder: string, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const { PATH } = process.env;
  const child = spawn('git', ['-c', 'safe.directory=*', 'http-backend'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: {
      ...(PATH !== undefined && { PATH }),
      GIT_PROJECT_ROOT: folder,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      HTTP_CONTENT_ENCODING: String(request.headers['content-encoding'] ?? ''),
      REQUEST_METHOD: request.method ?? 'GET',
      PATH_INFO: decodeURIComponent(url.pathname),
      QUERY_STRING: url.search.slice(1),
      CONTENT_TYPE: String(request.headers['content-type'] ?? ''),
      ...(request.headers['content-length'] && { CONTENT_LENGTH: request.headers['content-length'] }),
    },
  });
  child.on('error', () => response.writeHead(500).end('git http-backend did not start\n'));
  child.stdin.on('error', () => {}); // the backend may end without reading the request; its answer says why
  request.pipe(child.stdin);
  response.on('close', () => child.kill());
  relay(child.stdout, response);
}

function relay(output: NodeJS.ReadableStream, response: ServerResponse): void {
  let head = Buffer.alloc(0);
  const onData = (chunk: Buffer): void => {
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    output.off('data', onData);
    writeHead(head.subarray(0, end).toString('latin1'), response);
    response.write(head.subarray(end + 4));
    output.pipe(response);
  };
  output.on('data', onData).on('end', () => response.end());
}

function writeHead(head: string, response: ServerResponse): void {
  const headers = head.split('\r\n').map((line) => line.split(/:\s*/, 2) as [string, string]);
  const status = headers.find(([name]) => name.toLowerCase() === 'status')?.[1];
  response.statusCode = status === undefined ? 200 : Number.parseInt(status, 10);
  for (const [name, value] of headers) if (name.toLowerCase() !== 'status') response.setHeader(name, value);
}
