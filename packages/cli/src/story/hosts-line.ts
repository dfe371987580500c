import { readFile, writeFile } from 'node:fs/promises';

const HOSTS = '/etc/hosts';
const MARK = '# slipway story';

/**
 * Lets the programs of this machine, the docker daemon among them, reach the registry by the name that it has in a cluster,
 * as on a node of OpenShift. The line is taken out again, and nothing else of the file is touched.
 */
export async function hostsLine(address: string, name: string): Promise<AsyncDisposable> {
  const text = await readFile(HOSTS, 'utf8');
  const line = `${address} ${name} ${MARK}\n`;
  await writeFile(HOSTS, `${text}${text.endsWith('\n') || text === '' ? '' : '\n'}${line}`);
  return {
    [Symbol.asyncDispose]: async () => {
      const now = await readFile(HOSTS, 'utf8');
      await writeFile(HOSTS, now.replace(line, ''));
    },
  };
}
