/**
 * Replaces `$(NAME)` by the variable's value, as Kubernetes does in env, command and args
 * (third_party/forked/golang/expansion): `$$` is a dollar sign, and what is not known or not closed stays as it is.
 */
export function expandVariables(text: string, variables: ReadonlyMap<string, string>): string {
  return text.replace(/\$(\$|\(([^)]*)\))/g, (whole, after: string, name: string) => {
    if (after === '$') return '$';
    return variables.get(name) ?? whole;
  });
}
