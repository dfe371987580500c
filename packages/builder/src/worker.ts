import { workerMain } from './worker/worker-main.ts';

// The program that `runBuild` starts inside the namespace: node worker.ts <socket>
const [socketPath] = process.argv.slice(2);
if (socketPath === undefined) {
  process.stderr.write('this program is started by slipway itself: worker <socket>\n');
  process.exitCode = 2;
} else {
  // Not awaited by the module: the bundle's format has none of that.
  workerMain(socketPath);
}
