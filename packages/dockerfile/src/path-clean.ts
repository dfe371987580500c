/** The shortest path that means the same, as Go's path.Clean: no `.`, no inner `..`, no double slash; `.` for nothing. */
export function cleanPath(path: string): string {
  const rooted = path.startsWith('/');
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (!rooted) parts.push('..');
  }
  if (rooted) return `/${parts.join('/')}`;
  return parts.length === 0 ? '.' : parts.join('/');
}
