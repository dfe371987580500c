// ADD of a URL: what is fetched, what is only asked for, and what is not even asked for.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, test } from 'node:test';
import { pruneCache, storePaths } from '@slipway/builder';
import { slipway } from '../cli.ts';
import { type Built, Workbench } from './builder/workbench.ts';

const OLD = 'Sat, 03 Feb 2001 04:05:06 GMT';

let bench: Workbench;
let count = 0;

before(async () => {
  bench = await Workbench.open();
});

after(async () => {
  await bench[Symbol.asyncDispose]();
});

type Answer = (headers: IncomingHttpHeaders, response: ServerResponse, path: string) => void;

/** A server of files, and what it was asked. */
class Files implements AsyncDisposable {
  readonly seen: IncomingHttpHeaders[] = [];
  readonly url: string;
  answer: Answer;
  readonly #server: ReturnType<typeof createServer>;

  private constructor(server: ReturnType<typeof createServer>, url: string, answer: Answer) {
    this.#server = server;
    this.url = url;
    this.answer = answer;
  }

  static async open(answer: Answer): Promise<Files> {
    const server = createServer((request, response) => {
      files.seen.push(request.headers);
      files.answer(request.headers, response, request.url ?? '');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const files = new Files(server, url, answer);
    return files;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** Answers with the text unless the ETag is the one that was asked for. */
function withTag(text: string): Answer {
  const etag = `"${createHash('sha256').update(text).digest('hex').slice(0, 8)}"`;
  return (headers, response) => {
    const unchanged = headers['if-none-match'] === etag;
    response.writeHead(unchanged ? 304 : 200, { etag, 'last-modified': OLD });
    response.end(unchanged ? undefined : text);
  };
}

function contextOf(...lines: string[]): string {
  return bench.context({ Dockerfile: `FROM scratch\n${lines.join('\n')}\n` });
}

function statuses({ result }: Built): string[] {
  return result.steps.filter(({ title }) => title.includes('ADD')).map(({ status }) => status);
}

function sha256(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

let path: string;
beforeEach(() => {
  count += 1;
  path = `file-${count}`;
});

test('an unchanged file is asked for by its ETag, and not sent again', async () => {
  await using files = await Files.open(withTag('one'));
  const context = contextOf(`ADD ${files.url}/${path} /d/`);
  const first = await bench.build(context);
  const entry = (await bench.files(first.result)).get(`d/${path}`);
  assert.equal(entry?.content, 'one');
  assert.equal(entry.entry.mode, 0o600);
  assert.equal(entry.entry.mtimeNs, BigInt(Date.parse(OLD)) * 1_000_000n);
  const again = await bench.build(context);
  assert.deepEqual(statuses(again), ['cached']);
  assert.equal(again.result.manifest.digest, first.result.manifest.digest);
  const [one, two, ...more] = files.seen;
  assert.deepEqual([one?.['if-none-match'], more], [undefined, []]);
  assert.match(two?.['if-none-match'] ?? '', /^"\w{8}"$/);
  assert.equal(two?.['if-modified-since'], OLD);

  files.answer = withTag('two');
  const changed = await bench.build(context);
  assert.deepEqual(statuses(changed), ['done']);
  assert.equal((await bench.files(changed.result)).get(`d/${path}`)?.content, 'two');
  const misses = changed.events.flatMap((event) => (event.type === 'miss' ? [event.text] : []));
  assert.deepEqual(misses, [`1 file changed: d/${path} (content)`]);

  files.answer = withTag('one');
  assert.deepEqual(statuses(await bench.build(context)), ['cached'], 'an earlier content is known');
});

test('a time asks by itself, but not one of the same second', async () => {
  let time = OLD;
  await using files = await Files.open((headers, response) => {
    const unchanged = headers['if-modified-since'] === time;
    response.writeHead(unchanged ? 304 : 200, { 'last-modified': time });
    response.end(unchanged ? undefined : time);
  });
  const context = contextOf(`ADD ${files.url}/${path} /`);
  await bench.build(context);
  assert.deepEqual(statuses(await bench.build(context)), ['cached']);
  assert.deepEqual(
    files.seen.map((headers) => headers['if-modified-since']),
    [undefined, OLD],
  );
  time = new Date(Date.now() + 60_000).toUTCString();
  await bench.build(context);
  await bench.build(context);
  assert.equal(files.seen.at(-1)?.['if-modified-since'], undefined);
});

test('a server that knows no conditions: the same ETag is enough, without one the content is compared', async () => {
  let broken = 0;
  const text = 'x'.repeat(8 << 20);
  const etag = 'W/"same"';
  await using files = await Files.open((_headers, response, asked) => {
    response.once('close', () => {
      if (!response.writableFinished) broken += 1;
    });
    response.writeHead(200, asked.includes('tag') ? { etag } : {});
    response.end(text);
  });
  const tagged = contextOf(`ADD ${files.url}/${path}-tag /`);
  await bench.build(tagged);
  assert.deepEqual(statuses(await bench.build(tagged)), ['cached']);
  assert.equal(broken, 1, 'the second body was not read');
  const plain = contextOf(`ADD ${files.url}/${path} /`);
  const { result } = await bench.build(plain);
  assert.equal((await bench.files(result)).get(path)?.entry.mtimeNs, 0n, 'as BuildKit: no time is 1970');
  assert.deepEqual(statuses(await bench.build(plain)), ['cached']);
});

test('with the checksum of what is there no request is made; another one is an error', async () => {
  await using files = await Files.open(withTag('pinned'));
  const add = (checksum: string): string => contextOf(`ADD --checksum=${checksum} ${files.url}/${path} /p`);
  await assert.rejects(bench.build(add(sha256('other'))), (error: Error & { code: string }) => {
    assert.equal(error.code, 'ADD_CHECKSUM');
    assert.match(error.message, new RegExp(`${path} has the checksum ${sha256('pinned')}, not sha256:`));
    return true;
  });
  await bench.build(add(sha256('pinned')));
  const asked = files.seen.length;
  files.answer = (_headers, response) => void response.writeHead(500).end();
  assert.deepEqual(statuses(await bench.build(add(sha256('pinned')))), ['cached']);
  // Another image: its layer has to be made, from what was fetched.
  const other = contextOf(`ADD --checksum=${sha256('pinned')} ${files.url}/${path} /elsewhere`);
  const { result } = await bench.build(other);
  assert.equal((await bench.files(result)).get('elsewhere')?.content, 'pinned');
  assert.equal(files.seen.length, asked);
  await assert.rejects(bench.build(add('md5:123')), { code: 'ADD_CHECKSUM', message: /"md5:123" is not/ });
  await assert.rejects(bench.build(add(sha256('other'))), { code: 'ADD_DOWNLOAD', message: /answered 500/ });
});

test('offline: what was fetched can be taken by its checksum, and the error says so', async () => {
  let url: string;
  {
    await using files = await Files.open(withTag('kept'));
    url = `${files.url}/${path}`;
    await bench.build(contextOf(`ADD ${url} /k`));
  }
  await assert.rejects(bench.build(contextOf(`ADD ${url} /k`)), (error: Error & { hint: string }) => {
    assert.match(error.message, /^cannot fetch \S+: connect ECONNREFUSED/);
    assert.match(error.hint, new RegExp(`ADD --checksum=${sha256('kept')} takes it without asking`));
    return true;
  });
  const pinned = await bench.build(contextOf(`ADD --checksum=${sha256('kept')} ${url} /k`));
  assert.equal((await bench.files(pinned.result)).get('k')?.content, 'kept');
  const store = storePaths(bench.stateDir);
  await pruneCache({ store, policy: { all: true } });
  await assert.rejects(bench.build(contextOf(`ADD --checksum=${sha256('kept')} ${url} /k`)), {
    code: 'ADD_DOWNLOAD',
    hint: undefined,
  });
});

test('names that the server gives, redirects, credentials of the URL', async () => {
  await using files = await Files.open((headers, response, asked) => {
    if (asked.startsWith('/go')) return void response.writeHead(302, { location: '/there' }).end();
    const disposition = { 'content-disposition': 'attachment; filename="given.bin"' };
    response.writeHead(200, asked === '/there' ? disposition : {});
    response.end(`${headers.authorization ?? 'nobody'}\n`);
  });
  const secret = files.url.replace('//', '//me:pass%20word@');
  const context = contextOf(`ADD ${files.url}/go ${secret}/mine /n/`);
  const found = await bench.files((await bench.build(context)).result);
  assert.equal(found.get('n/given.bin')?.content, 'nobody\n');
  assert.equal(found.get('n/mine')?.content, `Basic ${btoa('me:pass word')}\n`);
});

test('a server that wants a token gets the build’s secret for its host, and nobody else does', async () => {
  await using other = await Files.open(
    (headers, response) => void response.end(headers.authorization ?? 'none'),
  );
  await using files = await Files.open((headers, response, asked) => {
    if (asked.startsWith('/away')) {
      const location = other.url.replace('127.0.0.1', 'localhost');
      return void response.writeHead(302, { location: `${location}/${path}` }).end();
    }
    response.writeHead(headers.authorization === 'Bearer s3cret' ? 200 : 401).end('for members');
  });
  const context = contextOf(`ADD ${files.url}/${path} ${files.url}/away /m/`);
  const host = new URL(files.url).hostname;
  await assert.rejects(bench.build(context), (error: Error & { hint: string; kind: string }) => {
    assert.match(error.message, /answered 401 to a request without credentials$/);
    assert.ok(error.hint.includes(`--secret id=HTTP_AUTH_TOKEN_${host},src=FILE`), error.hint);
    return error.kind === 'unauthenticated';
  });
  const secrets = { [`HTTP_AUTH_TOKEN_${host}`]: 's3cret\n' };
  const built = await bench.build(context, { secrets });
  const found = await bench.files(built.result);
  assert.deepEqual([found.get(`m/${path}`)?.content, found.get('m/away')?.content], ['for members', 'none']);
  assert.ok(!JSON.stringify(built.events).includes('s3cret'));
});

for (const [what, answer, expected] of [
  ['is not there', (_h, r) => void r.writeHead(404).end(), /answered 404$/],
  [
    'is not for everybody',
    (_h, r) => void r.writeHead(401).end(),
    /answered 401 to a request with the credentials that were given$/,
  ],
  ['is not modified, of which nobody spoke', (_h, r) => void r.writeHead(304).end(), /answered 304$/],
  [
    'ends too early',
    (_h, r) => {
      r.writeHead(200, { 'content-length': '100' });
      r.write('short');
      setTimeout(() => r.destroy(), 20);
    },
    /: the connection broke/,
  ],
] as const satisfies [string, Answer, RegExp][]) {
  test(`a file that ${what} is a clear error with its line`, async () => {
    await using files = await Files.open(answer);
    const secret = files.url.replace('//', '//user:pass@');
    await assert.rejects(bench.build(contextOf(`ADD ${secret}/${path} /`)), (error: Error) => {
      assert.ok('code' in error && error.code === 'ADD_DOWNLOAD', error.stack);
      assert.match(error.message, expected);
      assert.ok(error.message.startsWith(`cannot fetch ${files.url}/${path}: `), error.message);
      assert.ok('place' in error && error.place !== undefined);
      return true;
    });
  });
}

test('the proxies of the environment are asked, but not for this machine', async () => {
  const asked: string[] = [];
  const proxy = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.end('by the proxy');
  });
  proxy.on('connect', (request, socket) => {
    asked.push(request.url ?? '');
    socket.write('HTTP/1.1 200 Connected\r\n\r\n');
    proxy.emit('connection', socket);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  await using files = await Files.open((_, response) => void response.end('by itself'));
  try {
    const context = contextOf(`ADD http://files.test/far ${files.url}/near /`);
    const { port } = proxy.address() as AddressInfo;
    const args = ['--state-dir', bench.stateDir, '-o', `type=local,dest=${bench.folder.join('proxied')}`];
    const env = { HTTP_PROXY: `http://127.0.0.1:${port}`, NO_PROXY: 'example.com' };
    const { code, stderr } = await slipway(['image', 'build', context, ...args], { env });
    assert.equal(code, 0, stderr);
    assert.equal(readFileSync(bench.folder.join('proxied/far'), 'utf8'), 'by the proxy');
    assert.equal(readFileSync(bench.folder.join('proxied/near'), 'utf8'), 'by itself');
    assert.match(asked.join(' '), /files\.test/);
    assert.equal(files.seen.length, 1);
  } finally {
    proxy.closeAllConnections();
    proxy.close();
  }
});
