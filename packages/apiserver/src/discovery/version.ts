/** The version of Kubernetes whose API this server speaks; clients adapt to it (`/version`). */
export const VERSION_INFO: Readonly<Record<string, string>> = {
  major: '1',
  minor: '32',
  gitVersion: 'v1.32.0+slipway',
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: '',
  compiler: '',
  platform: `linux/${process.arch === 'x64' ? 'amd64' : process.arch}`,
};
