/** A text for messages and logs: URLs in it keep no user name and no password, which may be a token. */
export function withoutPassword(text: string): string {
  return text.replace(/(\b[a-z][a-z+.-]*:\/\/)[^\s/@'"]+@/gi, '$1***@');
}
