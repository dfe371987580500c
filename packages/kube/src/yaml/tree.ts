import type { Place } from '@slipway/core';
import { Document, isMap, isScalar, isSeq, type Node, Pair, Scalar, visit, YAMLMap, YAMLSeq } from 'yaml';
import { parseDocuments, type YamlDocument } from './documents.ts';
import { quotedYaml } from './flavour.ts';

export { isMap, isScalar, isSeq, type Node as YamlNode, Pair, Scalar, YAMLMap, YAMLSeq };

/** A document that is changed in place, so that comments and order stay. */
export interface YamlTree {
  /** What stands at the top: a map in a manifest, null in an empty document. */
  readonly root: Node | null;
  /** Where a node of the file began; the top of the document for a node that was made later. */
  placeOf(node: unknown): Place;
  /** The lines of all comments, without `#`, by the nodes to which they belong. */
  comments(): string[];
  print(): string;
}

/** The documents of a text as trees to change. Throws YAML_SYNTAX with the place. */
export function parseYamlTrees(text: string, file: string): YamlTree[] {
  return parseDocuments(text, file).map((document) => treeOf(document, text));
}

function treeOf({ root, tree, placeAt }: YamlDocument, text: string): YamlTree {
  const top = root?.range?.[0] ?? 0;
  const indentSeq = !/^( *)[\w-]+:[ \t]*\n\1- /m.test(text);
  return {
    root,
    placeOf: (node) => placeAt((node as Node | undefined)?.range?.[0] ?? top),
    comments: () => commentsOf(tree),
    print: () => tree.toString({ lineWidth: 0, indentSeq, flowCollectionPadding: false }),
  };
}

function commentsOf(tree: Document.Parsed): string[] {
  const found: (string | null | undefined)[] = [tree.commentBefore, tree.comment];
  visit(tree, { Node: (_, { commentBefore, comment }) => void found.push(commentBefore, comment) });
  return found.flatMap((comment) => comment?.split('\n') ?? []).filter((line) => line.trim() !== '');
}

/** A plain value as a node to put into a tree; strings of several lines become literal blocks. */
export function yamlNode(value: unknown): Node {
  const node = new Document(value, { ...quotedYaml, aliasDuplicateObjects: false }).contents as Node;
  visit(node, {
    Scalar: (_, scalar) => {
      if (typeof scalar.value === 'string' && scalar.value.includes('\n')) scalar.type = 'BLOCK_LITERAL';
    },
  });
  return node;
}

/** Calls back for every scalar with text below a node, the node itself and the keys of maps included. */
export function visitText(node: Node, see: (scalar: Scalar<string>) => void): void {
  visit(node, {
    Scalar: (_, scalar) => {
      if (typeof scalar.value === 'string') see(scalar as Scalar<string>);
    },
  });
}
