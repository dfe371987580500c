import type { KubeObject } from '@slipway/kube';
import { age, type Column } from './column.ts';

/** What a row carries beside its cells: metadata only, everything, or nothing (`includeObject` of the request). */
export type IncludeObject = 'Metadata' | 'Object' | 'None';

export interface TableOptions {
  /** `v1` or `v1beta1` of meta.k8s.io. */
  readonly version: string;
  readonly includeObject: IncludeObject;
  readonly now: Date;
  /** Leave the column definitions out: all events of a watch after the first. */
  readonly headless?: boolean;
}

/** The server-side rendering of objects that `kubectl get` prints (meta.k8s.io Table). */
export function renderTable(
  columns: readonly Column[],
  objects: readonly KubeObject[],
  metadata: Readonly<Record<string, unknown>>,
  options: TableOptions,
): Record<string, unknown> {
  const definitions = columns.map(({ name, type, format = '', description, priority }) => ({
    name,
    type,
    format,
    description,
    priority,
  }));
  return {
    kind: 'Table',
    apiVersion: `meta.k8s.io/${options.version}`,
    metadata,
    ...(options.headless ? { columnDefinitions: [] } : { columnDefinitions: definitions }),
    rows: objects.map((object) => ({
      cells: columns.map((each) => renderCell(each, object, options.now)),
      ...rowObject(object, options),
    })),
  };
}

function renderCell(each: Column, object: KubeObject, now: Date): unknown {
  const cell = each.cell(object, now);
  if (each.type !== 'date' || cell === null || cell === '') return cell;
  return age(String(cell), now);
}

function rowObject(object: KubeObject, { includeObject, version }: TableOptions): Record<string, unknown> {
  if (includeObject === 'None') return {};
  if (includeObject === 'Object') return { object };
  const apiVersion = `meta.k8s.io/${version}`;
  return { object: { kind: 'PartialObjectMetadata', apiVersion, metadata: object.metadata } };
}
